import type { Sample } from "./counts.ts";

/** Metric families of Linkerd's proxies, by what we need them for; any one of a list will do. */
export const FAMILIES = {
  /** Answered requests by leaf: without it no metric signal says anything. */
  answered: ["response_total"],
  /** Answered requests by apex, on the path of TrafficSplits. */
  byApex: ["route_response_total"],
  /** Answered requests by HTTPRoute or GRPCRoute. */
  byRoute: ["outbound_http_route_request_statuses_total", "outbound_grpc_route_request_statuses_total"],
  latency: ["response_latency_ms_bucket"],
  /** Requests, answered or not. */
  begun: ["request_total"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The Linkerd whose proxies were the first to count requests by HTTPRoute and GRPCRoute. */
export const BY_ROUTE_SINCE = "2.16";

/** Which of these metrics Prometheus has, and how many series of each. The name gets a label of its own: clients take it out of the others. */
export function familiesQuery(names: readonly string[]): string {
  const pattern = [...new Set(names)].sort().map(escaped).join("|");
  return `label_replace(count by (__name__) ({__name__=~${JSON.stringify(pattern)}}), "metric", "$1", "__name__", "(.+)")`;
}

/** Reads the answer: series by name. */
export function readFamilies(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(samples.map(({ labels, value }) => [labels["metric"] ?? "", value]));
}

/** A name may be any text since Prometheus 3. */
function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
