import { gatewayRouteCodec } from "./gatewayRoute.ts";
import type { RouteCodec } from "./route.ts";
import { trafficSplitCodec } from "./trafficSplit.ts";

const GATEWAY_API = "gateway.networking.k8s.io";

/** The codecs of all supported kinds of route. */
export const CODECS: readonly RouteCodec[] = [
  trafficSplitCodec,
  gatewayRouteCodec("HTTPRoute", { group: GATEWAY_API, versions: ["v1", "v1beta1"], plural: "httproutes" }),
  gatewayRouteCodec("HTTPRoute.policy.linkerd.io", {
    group: "policy.linkerd.io",
    versions: ["v1beta3", "v1beta2", "v1beta1", "v1alpha1"],
    plural: "httproutes",
  }),
  gatewayRouteCodec("GRPCRoute", { group: GATEWAY_API, versions: ["v1", "v1alpha2"], plural: "grpcroutes" }),
];
