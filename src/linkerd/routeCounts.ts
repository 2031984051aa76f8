import { type RouteKind, routeKey } from "../routes/route.ts";
import { addUp, type CountsRead, type Sample } from "./counts.ts";

/** The kind of route by `route_group/route_kind`. */
const KINDS: Readonly<Record<string, RouteKind>> = {
  "gateway.networking.k8s.io/HTTPRoute": "HTTPRoute",
  "policy.linkerd.io/HTTPRoute": "HTTPRoute.policy.linkerd.io",
  "gateway.networking.k8s.io/GRPCRoute": "GRPCRoute",
};

/** The gRPC status codes that the proxy classifies as failures. */
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

/** The route of a series; null for the default routes that the proxies synthesize. */
function routeOf(labels: Sample["labels"]): string | null {
  const { route_group: group, route_kind: kind, route_namespace: namespace, route_name: name } = labels;
  const known = Object.hasOwn(KINDS, `${group}/${kind}`) ? KINDS[`${group}/${kind}`] : undefined;
  return known === undefined || !namespace || !name ? null : routeKey({ kind: known, namespace, name });
}

/**
 * A failure is a 5xx, a failing gRPC status or an error of the proxy itself. The error UNKNOWN has two meanings: an error
 * without a name, or a client that closed a response before its end. The latter is no failure, and the leaf counts it as a
 * success. So UNKNOWN counts only if no response had started.
 */
function isFailure({ http_status: http = "", grpc_status: grpc = "", error = "" }: Sample["labels"]): boolean {
  if (http.startsWith("5")) return true;
  if (error === "UNKNOWN") return http === "" && grpc === "";
  return error !== "" || FAILED_GRPC_STATUSES.has(grpc);
}
