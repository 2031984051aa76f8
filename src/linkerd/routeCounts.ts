import { type RouteKind, routeKey } from "../routes/route.ts";
import { addUp, type CountsRead, type Sample } from "./counts.ts";

/** By the labels `route_group` and `route_kind`. */
const KINDS: Readonly<Record<string, RouteKind>> = {
  "gateway.networking.k8s.io/HTTPRoute": "HTTPRoute",
  "policy.linkerd.io/HTTPRoute": "HTTPRoute.policy.linkerd.io",
  "gateway.networking.k8s.io/GRPCRoute": "GRPCRoute",
};

/** The codes that the proxy's `classification` calls a failure, too. */
const FAILED_GRPC_STATUSES: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "PERMISSION_DENIED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);

/** Reads the answer to `routeQuery`; by `routeKey`. */
export function readRoutes(samples: readonly Sample[]): CountsRead {
  return addUp(samples, routeOf, isFailure);
}

/** Null for the default routes, which the proxies make up where nobody wrote one. */
function routeOf(labels: Sample["labels"]): string | null {
  const { route_group: group, route_kind: kind, route_namespace: namespace, route_name: name } = labels;
  const known = Object.hasOwn(KINDS, `${group}/${kind}`) ? KINDS[`${group}/${kind}`] : undefined;
  return known === undefined || !namespace || !name ? null : routeKey({ kind: known, namespace, name });
}

/**
 * A 5xx, a failing gRPC status, or an error of the proxy's own. But the proxy has one name, UNKNOWN, for errors it has
 * no name for and for a client that went away while its answer was still coming: watching a stream and leaving it is
 * no failure of anybody, and the leaf counts it as a success. So it counts only where no answer had begun.
 */
function isFailure({ http_status: http = "", grpc_status: grpc = "", error = "" }: Sample["labels"]): boolean {
  if (http.startsWith("5")) return true;
  if (error === "UNKNOWN") return http === "" && grpc === "";
  return error !== "" || FAILED_GRPC_STATUSES.has(grpc);
}
