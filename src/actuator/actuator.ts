/**
 * actuator/ — writes decisions into the cluster.
 *
 * Patches routes and writes Events. It must never judge, round or skip: it writes exactly what was decided. It must
 * never announce what has not been written.
 */
import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import type { KubeApi, KubeFailure, KubeObject } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import { FIELD_MANAGER } from "../routes/lastManager.ts";
import type { Route, RouteCodec } from "../routes/route.ts";

/** A write that takes longer is abandoned; the next tick sees whether it took effect. */
export const WRITE_TIME_LIMIT_MS = 5_000;

/** How long to wait after a 429 that does not say it. */
const RETRY_AFTER_MS = 1_000;

/** Longer error texts are cut, in characters. */
const LONGEST_ERROR = 300;

export interface Actuator {
  /** Patches the object and returns the outcome. Never throws because of an answer of the server. */
  write(route: Route, decision: Decision, signal?: AbortSignal): Promise<Outcome>;
}

export interface ActuatorOptions {
  readonly kube: KubeApi;
  readonly codecs: readonly RouteCodec[];
  /** No request is sent. */
  readonly dryRun: boolean;
  /** Called with the object as the server returned it, before `write` resolves. */
  readonly onWritten?: (route: Route, object: KubeObject) => void;
  readonly fieldManager?: string;
  readonly timeLimitMs?: number;
}

/** Creates the actuator for the kinds of route in `codecs`. */
export function createActuator(options: ActuatorOptions): Actuator {
  const { kube, codecs, dryRun, fieldManager = FIELD_MANAGER, timeLimitMs = WRITE_TIME_LIMIT_MS } = options;
  return {
    async write(route, decision, signal) {
      const codec = codecs.find((c) => c.kind === route.kind);
      if (codec === undefined) throw new RangeError(`no codec for ${route.kind}`);
      const patch = codec.patch(route, decision.desired);
      if (patch.length === 0) return { outcome: "failed", error: "the route is already as desired" };
      if (dryRun) return { outcome: "dryRun" };
      const result = await kube.patch(
        routePath(route, codec, codec.writeVersion(route, decision.desired)),
        "application/json-patch+json",
        patch,
        {
          query: { fieldManager },
          timeLimitMs,
          ...(signal === undefined ? {} : { signal }),
        },
      );
      if (result.ok) {
        options.onWritten?.(route, result.value);
        return { outcome: "written", resourceVersion: result.value.metadata?.resourceVersion ?? "" };
      }
      if (result.status === 409) return { outcome: "conflict" };
      const error = errorText(result);
      return result.status === 429
        ? { outcome: "failed", error, retryAfterMs: result.retryAfterMs ?? RETRY_AFTER_MS }
        : { outcome: "failed", error };
    },
  };
}

function routePath(route: Route, codec: RouteCodec, version: string): string {
  const { group, plural } = codec.resource;
  return resourcePath({ group, version, plural, namespace: route.namespace, name: route.name });
}

function errorText(failure: KubeFailure): string {
  const message = failure.message.replaceAll(/\s+/g, " ").trim();
  return `${failureKind(failure)}: ${message}`.slice(0, LONGEST_ERROR);
}

function failureKind({ status, reason }: KubeFailure): string {
  switch (status) {
    case null:
      return reason;
    case 403:
      return "forbidden";
    case 404:
      return "gone";
    case 422:
      return "refused as invalid";
    default:
      return `${status} ${reason}`;
  }
}
