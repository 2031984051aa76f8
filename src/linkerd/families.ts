import type { Sample } from "./counts.ts";

/** Metric families of Linkerd's proxies, by purpose; one of each list is enough. */
export const FAMILIES = {
  /** Answered requests by leaf. Every metric signal needs it. */
  answered: ["response_total"],
  /** Answered requests by apex, on the path of TrafficSplits. */
  byApex: ["route_response_total"],
  /** Answered requests by HTTPRoute or GRPCRoute. */
  byRoute: ["outbound_http_route_request_statuses_total", "outbound_grpc_route_request_statuses_total"],
  /** The same by route and backend. */
  byBackend: ["outbound_http_route_backend_response_statuses_total", "outbound_grpc_route_backend_response_statuses_total"],
  latency: ["response_latency_ms_bucket"],
  /** Requests, answered or not. */
  begun: ["request_total"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The first Linkerd version whose proxies count requests by HTTPRoute and GRPCRoute. */
export const BY_ROUTE_SINCE = "2.16";

/** Counts the series of each of these metrics, each by its exact name: some servers refuse patterns of names. */
export function familiesQuery(names: readonly string[]): string {
  const counts = [...new Set(names)]
    .sort()
    .map((name) => `label_replace(count(${selectorOf(name)}), "metric", ${JSON.stringify(name)}, "", "")`);
  return counts.join(" or ");
}

/** Reads the answer to `familiesQuery`: the number of series by metric name. */
export function readFamilies(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(samples.map(({ labels, value }) => [labels["metric"] ?? "", value]));
}

/** Since Prometheus 3 a metric name may be any text, which older ones do not parse as a name. */
function selectorOf(name: string): string {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{__name__=${JSON.stringify(name)}}`;
}
