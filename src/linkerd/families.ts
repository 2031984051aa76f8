import type { Sample } from "./counts.ts";

/** Metric families of Linkerd's proxies, by purpose; one of each list is enough. */
export const FAMILIES = {
  /** Answered requests by leaf. Every metric signal needs it. */
  answered: ["response_total"],
  /** Answered requests by apex, on the path of TrafficSplits. */
  byApex: ["route_response_total"],
  /** Answered requests by HTTPRoute or GRPCRoute. */
  byRoute: ["outbound_http_route_request_statuses_total", "outbound_grpc_route_request_statuses_total"],
  latency: ["response_latency_ms_bucket"],
  /** Requests, answered or not. */
  begun: ["request_total"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The first Linkerd version whose proxies count requests by HTTPRoute and GRPCRoute. */
export const BY_ROUTE_SINCE = "2.16";

/** Counts the series of each of these metrics. The name is copied to the label `metric`, since clients drop `__name__`. */
export function familiesQuery(names: readonly string[]): string {
  const pattern = [...new Set(names)].sort().map(escaped).join("|");
  return `label_replace(count by (__name__) ({__name__=~${JSON.stringify(pattern)}}), "metric", "$1", "__name__", "(.+)")`;
}

/** Reads the answer to `familiesQuery`: the number of series by metric name. */
export function readFamilies(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(samples.map(({ labels, value }) => [labels["metric"] ?? "", value]));
}

/** Since Prometheus 3 a metric name may be any text. */
function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
