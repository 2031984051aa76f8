import type { Weighted } from "./pickBackend.ts";
import { profileFamilies } from "./profileFamilies.ts";
import type { RouteKind } from "./routeKind.ts";

export const TRAFFIC_SPLIT: RouteKind = {
  kind: "TrafficSplit",
  collection: (namespace) => `/apis/split.smi-spec.io/v1alpha2/namespaces/${namespace}/trafficsplits`,
  write: ({ route, primary, standby }, namespace, labels) => ({
    apiVersion: "split.smi-spec.io/v1alpha2",
    kind: "TrafficSplit",
    metadata: { name: route, namespace, labels },
    spec: {
      service: route,
      backends: [
        { service: primary, weight: 100 },
        { service: standby, weight: 0 },
      ],
    },
  }),
  weights: ({ spec }) => (spec as { readonly backends: readonly Weighted[] }).backends,
  families: profileFamilies,
};
