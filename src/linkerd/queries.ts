/**
 * linkerd/ — how Linkerd spells health.
 *
 * The only room that knows Linkerd's names: metric families, labels, annotations. It makes texts and reads answers; it
 * must never send anything, look at a clock or judge what it reads.
 */

/** Above this many namespaces a query is not scoped any more: Prometheus would spend more on the pattern than it saves. */
export const SCOPED_NAMESPACES_LIMIT = 200;

/**
 * Requests by leaf and class in a window, for all routes together. Clients' proxies count them per endpoint; requests
 * that never reached an endpoint are not among them (see `apexQuery`).
 */
export function leafQuery(namespaces: readonly string[], windowMs: number): string {
  const selector = `response_total{direction="outbound"${destinationsIn(namespaces)}}`;
  return `sum by (authority, dst_service, dst_namespace, classification) (${counted(selector, windowMs)})`;
}

/**
 * Requests by apex and class in a window, as TrafficSplit clients saw them. It is the only family on that path that
 * counts requests which found no endpoint to go to.
 */
export function apexQuery(namespaces: readonly string[], windowMs: number): string {
  const scope = alternatives(namespaces);
  const matcher = scope === null ? "" : `,dst=~${quoted(`[^.]+\\.(${scope})\\.svc\\..+`)}`;
  return `sum by (dst, classification) (${counted(`route_response_total{direction="outbound"${matcher}}`, windowMs)})`;
}

/**
 * Requests by HTTPRoute or GRPCRoute and status in a window, as the clients on that path saw them: like `apexQuery`, it
 * counts requests which found no endpoint to go to. Proxies before Linkerd 2.16 have no such families.
 */
export function routeQuery(namespaces: readonly string[], windowMs: number): string {
  const scope = alternatives(namespaces);
  const matcher = scope === null ? "" : `,route_namespace=~${quoted(scope)}`;
  const selector = `{__name__=~"outbound_(http|grpc)_route_request_statuses_total",route_kind=~"HTTPRoute|GRPCRoute"${matcher}}`;
  const labels = "route_group, route_kind, route_namespace, route_name, http_status, grpc_status, error";
  return `sum by (${labels}) (${counted(selector, windowMs)})`;
}

/** Responses by leaf in a window, those within each of these buckets and all of them. */
export function latencyQuery(namespaces: readonly string[], windowMs: number, bucketsMs: readonly number[]): string {
  const finite = [...new Set(bucketsMs)].filter(Number.isFinite).sort((a, b) => a - b);
  // Proxies write a bound as 500; Prometheus 3 stores it as 500.0.
  const bounds = [...finite.map((bucketMs) => `${bucketMs}(\\.0)?`), "\\+Inf"].join("|");
  const selector = `response_latency_ms_bucket{direction="outbound",le=~${quoted(bounds)}${destinationsIn(namespaces)}}`;
  return `sum by (authority, dst_service, dst_namespace, le) (${counted(selector, windowMs)})`;
}

/** Requests begun by leaf in a window, whether or not they were answered. */
export function begunQuery(namespaces: readonly string[], windowMs: number): string {
  const selector = `request_total{direction="outbound"${destinationsIn(namespaces)}}`;
  return `sum by (authority, dst_service, dst_namespace) (${counted(selector, windowMs)})`;
}

/** The leaves that clients' proxies count requests to, however few. */
export function leafSeriesQuery(namespaces: readonly string[]): string {
  return `count by (authority, dst_service, dst_namespace) (response_total{direction="outbound"${destinationsIn(namespaces)}})`;
}

/**
 * The gateways of all linked clusters, as the service mirrors see them: whether they are probed, and whether they are
 * alive. A mirror that just started says 0 until its first probe. So a gateway is dead that was dead all of
 * GATEWAY_DEAD_FOR and already before; of one whose series is younger nothing is said. The last value stands in where
 * the gauge is scraped more rarely; a vanished mirror's is stale, and gone.
 */
export function gatewayQuery(): string {
  const lately = `(max_over_time(gateway_alive[${GATEWAY_DEAD_FOR}]) or gateway_alive)`;
  const alive = `(${lately} > 0) or (gateway_alive offset ${GATEWAY_DEAD_FOR} and ${lately})`;
  return `${gauge("alive", alive)} or ${gauge("enabled", "gateway_enabled")}`;
}

/** One scrape of linkerd-viz: two in a row have to agree. */
const GATEWAY_DEAD_FOR = "10s";

function gauge(name: string, vector: string): string {
  return `label_replace(max by (target_cluster_name) (${vector}), "gauge", ${quoted(name)}, "", "")`;
}

/**
 * What these counters counted in the window, a series each.
 *
 * `increase()` knows nothing of a series with one sample, and the first value of a series never counts: the failures
 * of a backend that never failed before would show a scrape late. A series that was not there a window ago has
 * counted all it shows since then, if its client was already being scraped (else it may be an old counter that
 * Prometheus sees for the first time, with the failures of weeks).
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

/** Sorted and without doubles, so that the same routes ask the same question; null where there are too many. */
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
