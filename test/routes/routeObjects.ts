import { readFileSync } from "node:fs";
import type { Route } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";

export const FIXTURES = ["argocd", "flux", "kubectl"] as const;

/** A complete TrafficSplit from an API server. */
export function fixture(name: (typeof FIXTURES)[number]): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/objects/trafficsplit-${name}.json`, import.meta.url), "utf8"));
}

export interface Parts {
  readonly annotations?: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
  readonly service?: unknown;
}

/** A small TrafficSplit shop/web. */
export function trafficSplit(backends: unknown, parts: Parts = {}): Record<string, unknown> {
  const annotations = parts.annotations === undefined ? {} : { annotations: parts.annotations };
  return {
    apiVersion: "split.smi-spec.io/v1alpha2",
    kind: "TrafficSplit",
    metadata: { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7", ...annotations, ...parts.metadata },
    spec: { service: parts.service ?? "web", backends },
  };
}

type Pair = readonly [service: string, weight: unknown];

/** Backends from pairs of a name and a weight; undefined omits the weight. */
export function backends(...pairs: Pair[]): unknown[] {
  return pairs.map(([service, weight]) => (weight === undefined ? { service } : { service, weight }));
}

/** A route as the codec reads it. */
export function routeOf(...pairs: Pair[]): Route {
  return trafficSplitCodec.read(trafficSplit(backends(...pairs)));
}
