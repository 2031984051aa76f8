import type { Decision } from "../../src/evaluator/model/decision.ts";
import { type Route, routeKey } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";

/** A route with all weight on `web`, and the standby `east`. */
export function route(name = "web", resourceVersion = "7"): Route {
  return trafficSplitCodec.read({
    apiVersion: "split.smi-spec.io/v1alpha2",
    metadata: { name, namespace: "shop", uid: "u1", resourceVersion, annotations: {} },
    spec: {
      service: name,
      backends: [
        { service: "web", weight: 100 },
        { service: "east", weight: 0 },
      ],
    },
  });
}

/** A decision to these weights. */
export function decision(of: Route, web = 0, east = 100, direction: Decision["direction"] = "failover"): Decision {
  return {
    atMs: 1_000,
    route: { kind: of.kind, namespace: of.namespace, name: of.name },
    rule: "default",
    splits: [{ name: "0", baseline: { web: 100, east: 0 }, before: { web: 100, east: 0 }, after: { web, east } }],
    direction,
    cause: "readiness",
    reasons: [],
    desired: {
      memory: { splits: { "0": { baseline: { web: [100], east: [0] }, written: { web, east } } }, backends: {} },
      splits: [
        {
          name: "0",
          backends: [
            { backend: "web", weight: web, spellings: [web] },
            { backend: "east", weight: east, spellings: [east] },
          ],
        },
      ],
    },
  };
}

/** The name of a write in tests. */
export function label(write: { readonly route: Route; readonly decision: Decision }): string {
  return `${routeKey(write.route)}@${write.route.resourceVersion} east ${write.decision.splits[0]?.after["east"]}`;
}
