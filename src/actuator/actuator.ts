/**
 * actuator/ — the hands.
 *
 * Writes decisions into the cluster and tells of them in Events. It must never judge, round or skip: what is written
 * was decided before. It must never announce what has not been written.
 */
import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import type { KubeApi, KubeFailure, KubeObject } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import { FIELD_MANAGER } from "../routes/lastManager.ts";
import type { Route, RouteCodec } from "../routes/route.ts";

/** A write that takes longer is given up; the next tick looks at what became of it. */
export const WRITE_TIME_LIMIT_MS = 5_000;

/** Characters of an error that are kept. */
const LONGEST_ERROR = 300;

export interface Actuator {
  /** Makes the object as decided, or says why not. Never throws over anything that a server can do. */
  write(route: Route, decision: Decision, signal?: AbortSignal): Promise<Outcome>;
}

export interface ActuatorOptions {
  readonly kube: KubeApi;
  readonly codecs: readonly RouteCodec[];
  /** Nothing is sent at all. */
  readonly dryRun: boolean;
  /** What the server made of the object, before anybody is told of the outcome. */
  readonly onWritten?: (route: Route, object: KubeObject) => void;
  readonly fieldManager?: string;
  readonly timeLimitMs?: number;
}

/** The hands for the kinds of route that `codecs` knows. */
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
      return result.status === 409 ? { outcome: "conflict" } : { outcome: "failed", error: errorText(result) };
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
