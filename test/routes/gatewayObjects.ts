import { readFileSync } from "node:fs";
import { CODECS } from "../../src/routes/codecs.ts";
import type { Route, RouteCodec, RouteKind } from "../../src/routes/route.ts";

/** Complete routes from an API server: the file and our kind. */
export const GATEWAY_FIXTURES = [
  ["httproute-kubectl", "HTTPRoute"],
  ["httproute-argocd", "HTTPRoute"],
  ["httproute-flux", "HTTPRoute.policy.linkerd.io"],
  ["grpcroute-kubectl", "GRPCRoute"],
] as const satisfies readonly (readonly [string, RouteKind])[];

export function gatewayFixture(file: (typeof GATEWAY_FIXTURES)[number][0]): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/objects/${file}.json`, import.meta.url), "utf8"));
}

export function codecOf(kind: RouteKind): RouteCodec {
  const codec = CODECS.find((c) => c.kind === kind);
  if (codec === undefined) throw new Error(`no codec for ${kind}`);
  return codec;
}

type Pair = readonly [service: string, weight?: unknown];

/** A rule that splits between these Services (`name` or `name.namespace`); undefined omits the weight. */
export function rule(...pairs: Pair[]): Record<string, unknown> {
  return {
    backendRefs: pairs.map(([service, weight]) => {
      const [name, namespace] = service.split(".");
      return { name, port: 80, ...(namespace === undefined ? {} : { namespace }), ...(weight === undefined ? {} : { weight }) };
    }),
  };
}

export interface Parts {
  readonly annotations?: Record<string, string>;
  readonly parentRefs?: unknown;
  readonly status?: unknown;
}

/** A small HTTPRoute shop/web. */
export function httpRoute(rules: unknown, { annotations, parentRefs, status }: Parts = {}): Record<string, unknown> {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7", ...(annotations === undefined ? {} : { annotations }) },
    spec: { parentRefs: parentRefs ?? [{ group: "core", kind: "Service", name: "web", port: 80 }], rules },
    ...(status === undefined ? {} : { status }),
  };
}

export function readHttpRoute(rules: unknown, parts: Parts = {}): Route {
  return codecOf("HTTPRoute").read(httpRoute(rules, parts));
}
