/**
 * linkerd/ — Linkerd's metrics, labels and annotations.
 *
 * The only room that knows Linkerd's names. It builds queries and reads answers; it must never send a request, read a clock
 * or judge a backend.
 */

import { NAMING } from "./clientCounts.ts";
import { atBothEnds, type CounterQuery, type Family, increaseOf, type ProxyClock } from "./increase.ts";
import { escapeRegex, quoted } from "./promqlText.ts";
import { whileSteady } from "./steady.ts";

/** With more namespaces than this a query is not scoped: the pattern would cost Prometheus more than it saves. */
export const SCOPED_NAMESPACES_LIMIT = 200;

/** Which leaves a query is about. */
export interface LeafScope {
  readonly namespaces: readonly string[];
  /** Absent: `dst_namespace`. */
  readonly leavesBy?: LeafLabel;
}

/** What all queries of a tick share. */
export interface QueryScope extends LeafScope {
  readonly windowMs: number;
  readonly clock: ProxyClock;
  /** Whether queries for two moments are possible (`TWO_MOMENTS_QUERY`). */
  readonly twoMoments?: boolean;
  /** Whether it is known which proxies are steady (`UNTOLD_QUERY`). */
  readonly tellsSteady?: boolean;
  /** Only these routes and Services; absent: all of the namespaces. */
  readonly concerned?: Concerned;
  /** Each client for itself; absent: all together. */
  readonly byClient?: boolean;
}

/** The names of some routes, and of the Services that are their backends and apexes. */
export interface Concerned {
  readonly routes: readonly string[];
  readonly services: readonly string[];
}

/** The label by which leaves are restricted to namespaces: `authority` where a scrape configuration drops `dst_namespace`. */
export type LeafLabel = "dst_namespace" | "authority";

/**
 * Requests by leaf and class in a window, for all routes together. Clients' proxies count them per endpoint; requests that
 * reach no endpoint are not counted here (see `apexQuery`).
 */
export function leafQuery(scope: QueryScope): CounterQuery {
  return droppedFamily({ selector: leafSelector(scope), by: [...LEAF, "classification"], own: ANSWER }, scope);
}

/** The names of the clients that `leafQuery` counts, by the labels that Prometheus keeps. */
export function clientNamesQuery(scope: Omit<QueryScope, "windowMs" | "clock">): string {
  return `group by (${NAMING.join(", ")}) (${leafSelector(scope)})`;
}

function leafSelector({ concerned, ...scope }: Omit<QueryScope, "windowMs" | "clock">): string {
  return `response_total{direction="outbound"${leavesIn(scope)}${authoritiesOf(scope.namespaces, concerned)}}`;
}

/**
 * gRPC requests by leaf and class. Of a gRPC request that follows an HTTPRoute the families by route know only `http_status="200"`;
 * this family alone knows its failures.
 */
export function grpcLeafQuery(scope: QueryScope): CounterQuery {
  const leaves = `${leavesIn(scope)}${authoritiesOf(scope.namespaces, scope.concerned)}`;
  const selector = `response_total{direction="outbound",grpc_status!=""${leaves}}`;
  return droppedFamily({ selector, by: [...LEAF, "classification"], own: ANSWER }, scope);
}

/**
 * Requests by apex and class in a window, as clients of TrafficSplits count them. For TrafficSplits this is the only family
 * that counts requests that reach no endpoint.
 */
export function apexQuery(scope: QueryScope): CounterQuery {
  const { concerned } = scope;
  const namespaces = alternatives(scope.namespaces);
  const services = concerned === undefined ? "[^.]+" : `(${alternatives(concerned.services) ?? "[^.]+"})`;
  const matcher = namespaces === null ? "" : `,dst=~${quoted(`${services}\\.(${namespaces})\\.svc\\..+`)}`;
  const selector = `route_response_total{direction="outbound"${matcher}}`;
  return droppedFamily({ selector, by: ["dst", "classification"], own: ["status_code", "grpc_status", "error", "rt_route"] }, scope);
}

/** The protocol of a family by route. A GRPCRoute's requests are counted with their gRPC status, an HTTPRoute's with the HTTP status. */
export type RouteProtocol = "http" | "grpc";

/**
 * Requests by HTTPRoute or GRPCRoute and status in a window, as their clients count them. Like `apexQuery`, it counts
 * requests that reach no backend. Proxies before Linkerd 2.16 have no such families.
 */
export function routeQuery(protocol: RouteProtocol, scope: QueryScope): CounterQuery {
  return routeFamily(`outbound_${protocol}_route_request_statuses_total`, [...ROUTE, `${protocol}_status`, "error"], [], scope);
}

/**
 * Only those of its requests that reached no backend, since none with weight was available: the proxies count all others by
 * backend, too (`backendQuery`). It has hardly any series.
 */
export function shedQuery(protocol: RouteProtocol, scope: QueryScope): CounterQuery {
  const by = [...ROUTE, `${protocol}_status`, "error"];
  return routeFamily(`outbound_${protocol}_route_request_statuses_total`, by, [], scope, ',error="LOAD_SHED"');
}

/** The same by route and backend: the route's own requests, and of no other caller. */
export function backendQuery(protocol: RouteProtocol, scope: QueryScope): CounterQuery {
  const by = [...ROUTE, ...BACKEND, `${protocol}_status`, "error"];
  return routeFamily(`outbound_${protocol}_route_backend_response_statuses_total`, by, ["backend_port"], scope);
}

/** Proxies never drop these families while they live, so their values can be subtracted. */
function routeFamily(name: string, by: readonly string[], others: readonly string[], query: QueryScope, only = ""): CounterQuery {
  const { namespaces, windowMs, clock, twoMoments, concerned, byClient } = query;
  const scope = alternatives(namespaces);
  const names = concerned === undefined ? null : alternatives(concerned.routes);
  const matchers = `${only}${scope === null ? "" : `,route_namespace=~${quoted(scope)}`}${names === null ? "" : `,route_name=~${quoted(names)}`}`;
  const selector = `${name}{route_kind=~"HTTPRoute|GRPCRoute"${matchers}}`;
  const family = { selector, by, own: [...others, ...PARENT], windowMs, byClient };
  return clock === "kept" && twoMoments === true ? atBothEnds(family) : { promql: increaseOf(family, clock), spanMs: null };
}

/**
 * Requests of a TrafficSplit's clients that were sent towards a leaf, by apex and leaf: the only family that knows both. Unlike
 * `leafQuery` it counts no other caller's requests.
 */
export function sentQuery(scope: QueryScope): CounterQuery {
  const namespaces = alternatives(scope.namespaces);
  const matcher = namespaces === null ? "" : `{parent_namespace=~${quoted(namespaces)}}`;
  const by = ["parent_namespace", "parent_name", ...BACKEND];
  const selector = `outbound_http_balancer_queue_requests_total${matcher}`;
  // Counted like the leaves and the apex, with which it is compared.
  return droppedFamily({ selector, by, own: ["parent_port", "backend_port"] }, scope);
}

/** Proxies drop the series of these families when they are idle. */
function droppedFamily(own: Omit<Family, "windowMs" | "byClient">, scope: QueryScope): CounterQuery {
  const { windowMs, clock, twoMoments, tellsSteady, byClient } = scope;
  const family = { ...own, windowMs, byClient };
  const isTold = clock === "kept" && twoMoments === true && tellsSteady === true;
  return isTold ? whileSteady(family) : { promql: increaseOf(family, clock), spanMs: null };
}

const LEAF = ["authority", "dst_service", "dst_namespace"];
/** The endpoint of a leaf's series. A new pod may have the address of an old one. */
const ENDPOINT = ["target_addr", "dst_pod"];
/** What tells the answers of one class apart: the first failures of another kind or endpoint are new series. */
const ANSWER = [...ENDPOINT, "status_code", "grpc_status", "error"];
const ROUTE = ["route_group", "route_kind", "route_namespace", "route_name"];
const BACKEND = ["backend_namespace", "backend_name"];
const PARENT = ["parent_namespace", "parent_name", "parent_port"];

/** Responses by leaf in a window: those within each of these buckets (in ms), and all. */
export function latencyQuery(scope: QueryScope, bucketsMs: readonly number[]): CounterQuery {
  return droppedFamily({ selector: bucketsIn(scope, bucketsMs), by: [...LEAF, "le"], own: [...ENDPOINT, "status_code"] }, scope);
}

/** How many series each of these buckets has now, by leaf. A scrape configuration may drop some, at once or from now on. */
export function bucketSeriesQuery(scope: LeafScope, bucketsMs: readonly number[]): string {
  return `count by (${[...LEAF, "le"].join(", ")}) (${bucketsIn(scope, bucketsMs)})`;
}

function bucketsIn(scope: LeafScope, bucketsMs: readonly number[]): string {
  const finite = [...new Set(bucketsMs)].filter(Number.isFinite).sort((a, b) => a - b);
  const bounds = [...finite.map(bucketPattern), "\\+Inf"].join("|");
  return `response_latency_ms_bucket{direction="outbound",le=~${quoted(bounds)}${leavesIn(scope)}}`;
}

/** Proxies write a bound as 500; Prometheus 3 stores it as 500.0. */
export function bucketPattern(bucketMs: number): string {
  return Number.isFinite(bucketMs) ? `${bucketMs}(\\.0)?` : "\\+Inf";
}

/** Requests that were started in a window, by leaf, answered or not. */
export function begunQuery(scope: QueryScope): CounterQuery {
  const selector = `request_total{direction="outbound"${leavesIn(scope)}}`;
  return droppedFamily({ selector, by: LEAF, own: ENDPOINT }, scope);
}

/** Counts the proxies of which Prometheus keeps both `up` and their start; no result: it keeps one of them of none. */
export const CLOCK_QUERY = "count(process_start_time_seconds and on (instance, pod) (up and on (instance, pod) proxy_build_info))";

/**
 * Its value is the time, at each of two moments. A server that moves the times of a query, fills in the last value or does not know
 * `@` answers something else, or not at all.
 */
export const TWO_MOMENTS_QUERY = "time() + 0 * max(up @ end())";

/** The time by the clock of Prometheus. */
export const TIME_QUERY = "vector(time())";

/** Matches the authority of any Service. */
export const SERVICE_AUTHORITY = leavesOf("[^.:/]+");

/** Counts the series that name a leaf by `authority` alone; no result: all have `dst_namespace`. */
export const LEAVES_BY_AUTHORITY_QUERY = `count(response_total{direction="outbound",dst_namespace="",authority=~${quoted(SERVICE_AUTHORITY)}})`;

/** Counts the series of answered requests, of servers and clients; no result: Prometheus does not keep them. */
export const ANSWERED_QUERY = "count(response_total)";

/** The leaves to which clients' proxies count any requests. */
export function leafSeriesQuery(scope: LeafScope): string {
  return `count by (${LEAF.join(", ")}) (response_total{direction="outbound"${leavesIn(scope)}})`;
}

/**
 * The gateways of all linked clusters, as the service mirrors report them: whether they are probed, whether they are alive, and
 * which have just failed a probe.
 *
 * A service mirror that has just started reports 0 until its first probe. So the gauge alone counts as dead only if it was 0
 * during all of GATEWAY_DEAD_FOR and before; a younger series has no result. If the gauge is scraped more rarely, its last value
 * is used; the gauge of a deleted service mirror is stale and has no result. But a mirror that has counted another failed probe
 * has probed: then its gauge counts at once.
 */
export function gatewayQuery(): string {
  const lately = `(max_over_time(gateway_alive[${GATEWAY_DEAD_FOR}]) or gateway_alive)`;
  const alive = `(${lately} > 0) or (gateway_alive offset ${GATEWAY_DEAD_FOR} and ${lately})`;
  const probes = 'gateway_probes{probe_successful="false"}';
  const hasFailed = `(${probes} > ${probes} offset ${GATEWAY_DEAD_FOR}) or (${probes} unless ${probes} offset ${GATEWAY_DEAD_FOR})`;
  const failed = `max by (target_cluster_name) (gateway_alive) == 0 and on (target_cluster_name) (${hasFailed})`;
  return `${gauge("alive", alive)} or ${gauge("enabled", "gateway_enabled")} or ${gauge("failed", failed)}`;
}

/** The scrape interval of linkerd-viz: two scrapes in a row must agree. */
const GATEWAY_DEAD_FOR = "10s";

function gauge(name: string, vector: string): string {
  return `label_replace(max by (target_cluster_name) (${vector}), "gauge", ${quoted(name)}, "", "")`;
}

/** The matcher for leaves of some namespaces, after others. */
export function leavesIn({ namespaces, leavesBy }: LeafScope): string {
  const scope = alternatives(namespaces);
  if (scope === null) return "";
  return leavesBy === "authority" ? `,authority=~${quoted(leavesOf(`(${scope})`))}` : `,dst_namespace=~${quoted(scope)}`;
}

/** Matches the authorities of the Services of a namespace. */
function leavesOf(namespace: string): string {
  return `[^.:/]+\\.${namespace}\\.svc([.:].*)?`;
}

/** Series without an authority are read, too: their leaf is named by other labels. */
function authoritiesOf(namespaces: readonly string[], concerned: Concerned | undefined): string {
  const services = concerned === undefined ? null : alternatives(concerned.services);
  const scope = alternatives(namespaces);
  return services === null || scope === null ? "" : `,authority=~${quoted(`((${services})\\.(${scope})\\.svc.*)?`)}`;
}

/** Sorted and without duplicates, so that the same routes give the same query; null: too many. */
function alternatives(namespaces: readonly string[]): string | null {
  const distinct = [...new Set(namespaces)].sort();
  return distinct.length > SCOPED_NAMESPACES_LIMIT ? null : distinct.map(escapeRegex).join("|");
}
