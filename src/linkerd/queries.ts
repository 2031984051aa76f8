/**
 * linkerd/ — Linkerd's metrics, labels and annotations.
 *
 * The only room that knows Linkerd's names. It builds queries and reads answers; it must never send a request, read a clock
 * or judge a backend.
 */

/** With more namespaces than this a query is not scoped: the pattern would cost Prometheus more than it saves. */
export const SCOPED_NAMESPACES_LIMIT = 200;

/**
 * Requests by leaf and class in a window, for all routes together. Clients' proxies count them per endpoint; requests that
 * reach no endpoint are not counted here (see `apexQuery`).
 */
export function leafQuery(namespaces: readonly string[], windowMs: number): string {
  const selector = `response_total{direction="outbound"${destinationsIn(namespaces)}}`;
  return `sum by (authority, dst_service, dst_namespace, classification) (${counted(selector, windowMs)})`;
}

/**
 * Requests by apex and class in a window, as clients of TrafficSplits count them. For TrafficSplits this is the only family
 * that counts requests that reach no endpoint.
 */
export function apexQuery(namespaces: readonly string[], windowMs: number): string {
  const scope = alternatives(namespaces);
  const matcher = scope === null ? "" : `,dst=~${quoted(`[^.]+\\.(${scope})\\.svc\\..+`)}`;
  return `sum by (dst, classification) (${counted(`route_response_total{direction="outbound"${matcher}}`, windowMs)})`;
}

/**
 * Requests by HTTPRoute or GRPCRoute and status in a window, as their clients count them. Like `apexQuery`, it counts
 * requests that reach no endpoint. Proxies before Linkerd 2.16 have no such families.
 */
export function routeQuery(namespaces: readonly string[], windowMs: number): string {
  const scope = alternatives(namespaces);
  const matcher = scope === null ? "" : `,route_namespace=~${quoted(scope)}`;
  const selector = `{__name__=~"outbound_(http|grpc)_route_request_statuses_total",route_kind=~"HTTPRoute|GRPCRoute"${matcher}}`;
  const labels = "route_group, route_kind, route_namespace, route_name, http_status, grpc_status, error";
  return `sum by (${labels}) (${counted(selector, windowMs)})`;
}

/** Responses by leaf in a window: those within each of these buckets (in ms), and all. */
export function latencyQuery(namespaces: readonly string[], windowMs: number, bucketsMs: readonly number[]): string {
  const finite = [...new Set(bucketsMs)].filter(Number.isFinite).sort((a, b) => a - b);
  // Proxies write a bound as 500; Prometheus 3 stores it as 500.0.
  const bounds = [...finite.map((bucketMs) => `${bucketMs}(\\.0)?`), "\\+Inf"].join("|");
  const selector = `response_latency_ms_bucket{direction="outbound",le=~${quoted(bounds)}${destinationsIn(namespaces)}}`;
  return `sum by (authority, dst_service, dst_namespace, le) (${counted(selector, windowMs)})`;
}

/** Requests that were started in a window, by leaf, answered or not. */
export function begunQuery(namespaces: readonly string[], windowMs: number): string {
  const selector = `request_total{direction="outbound"${destinationsIn(namespaces)}}`;
  return `sum by (authority, dst_service, dst_namespace) (${counted(selector, windowMs)})`;
}

/** The leaves to which clients' proxies count any requests. */
export function leafSeriesQuery(namespaces: readonly string[]): string {
  return `count by (authority, dst_service, dst_namespace) (response_total{direction="outbound"${destinationsIn(namespaces)}})`;
}

/**
 * The gateways of all linked clusters, as the service mirrors report them: whether they are probed, and whether they are
 * alive. A service mirror that has just started reports 0 until its first probe. So a gateway counts as dead only if it was
 * dead during all of GATEWAY_DEAD_FOR and before; a younger series has no result. If the gauge is scraped more rarely, its
 * last value is used; the gauge of a deleted service mirror is stale and has no result.
 */
export function gatewayQuery(): string {
  const lately = `(max_over_time(gateway_alive[${GATEWAY_DEAD_FOR}]) or gateway_alive)`;
  const alive = `(${lately} > 0) or (gateway_alive offset ${GATEWAY_DEAD_FOR} and ${lately})`;
  return `${gauge("alive", alive)} or ${gauge("enabled", "gateway_enabled")}`;
}

/** The scrape interval of linkerd-viz: two scrapes in a row must agree. */
const GATEWAY_DEAD_FOR = "10s";

function gauge(name: string, vector: string): string {
  return `label_replace(max by (target_cluster_name) (${vector}), "gauge", ${quoted(name)}, "", "")`;
}

/**
 * The increase of these counters in the window, per series.
 *
 * `increase()` ignores the first sample of a series, so the first failures of a backend would count one scrape late. A
 * series that did not exist one window ago therefore counts with its whole value, but only if its client was scraped
 * then: else it may be an old counter that Prometheus reads for the first time.
 */
function counted(selector: string, windowMs: number): string {
  const window = duration(windowMs);
  const then = `${selector} offset ${window}`;
  return `((${selector} unless ${then}) and on (job, instance, pod) ${then}) or increase(${selector}[${window}])`;
}

function destinationsIn(namespaces: readonly string[]): string {
  const scope = alternatives(namespaces);
  return scope === null ? "" : `,dst_namespace=~${quoted(scope)}`;
}

/** Sorted and without duplicates, so that the same routes give the same query; null: too many. */
function alternatives(namespaces: readonly string[]): string | null {
  const distinct = [...new Set(namespaces)].sort();
  return distinct.length > SCOPED_NAMESPACES_LIMIT ? null : distinct.map(escapeRegex).join("|");
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function duration(windowMs: number): string {
  return windowMs % 1000 === 0 ? `${windowMs / 1000}s` : `${Math.round(windowMs)}ms`;
}
