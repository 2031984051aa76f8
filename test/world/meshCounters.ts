import type { Spelling } from "../../src/routes/route.ts";
import type { ApiObject } from "./apiResource.ts";
import { splitsOf } from "./sceneRoute.ts";

/** The identity of a proxy's series. */
export interface Counter {
  /** Unique among all series. */
  readonly key: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface LaneBackend {
  /** `NAMESPACE/NAME`. */
  readonly key: string;
  readonly weight: number;
  readonly good: Counter;
  readonly bad: Counter;
  /** The same by route and backend; null on the path of TrafficSplits, where `sent` counts by apex and leaf. */
  readonly own: { readonly good: Counter; readonly bad: Counter } | null;
  readonly sent: Counter | null;
}

/** The targets of a route's requests, and the series that count them. */
export interface Lane {
  /** The backends with weight in each split. */
  readonly splits: readonly (readonly LaneBackend[])[];
  readonly good: Counter;
  readonly bad: Counter;
  /** Failures of requests that reached no backend. */
  readonly lost: Counter;
}

/** Labels that tell a client, or another cluster, from the route's usual clients. */
export type Caller = Readonly<Record<string, string>>;

/** The targets and series for a route's live weights, as one caller counts them. */
export function laneOf(routeKey: string, object: ApiObject, weightOf: (spelling: Spelling) => number, caller: Caller = {}): Lane {
  const { namespace = "" } = object.metadata;
  const by = (own: Counter) => countedBy(own, caller);
  const isSplit = routeKey.startsWith("TrafficSplit/");
  const splits = splitsOf(object).map(({ backends }) =>
    backends
      .map(({ service, weight }) => ({ service, weight: weightOf(weight) }))
      .filter(({ weight }) => weight > 0)
      .map(({ service, weight }) => ({
        key: `${namespace}/${service}`,
        weight,
        good: by(leafCounter(namespace, service, "success")),
        bad: by(leafCounter(namespace, service, "failure")),
        own: isSplit ? null : ownCounters(routeKey, object, namespace, service, by),
        sent: isSplit ? by(sentCounter(object, namespace, service)) : null,
      })),
  );
  const { good, bad, lost } = isSplit ? apexCounters(object) : routeCounters(routeKey, object);
  return { splits, good: by(good), bad: by(bad), lost: by(lost) };
}

/** The same series of another caller. */
export function countedBy({ name, labels }: Counter, caller: Caller): Counter {
  return counter(name, { ...labels, ...caller });
}

export function leafCounter(namespace: string, service: string, classification: string): Counter {
  const authority = `${service}.${namespace}.svc.cluster.local`;
  return counter("response_total", { direction: "outbound", authority, dst_service: service, dst_namespace: namespace, classification });
}

/** Series of TrafficSplit clients, by the Service that they call. */
function apexCounters({ metadata, spec }: ApiObject): Omit<Lane, "splits"> {
  const dst = `${(spec as { readonly service: string }).service}.${metadata.namespace}.svc.cluster.local:80`;
  const bad = counter("route_response_total", { direction: "outbound", dst, classification: "failure" });
  return { good: counter("route_response_total", { direction: "outbound", dst, classification: "success" }), bad, lost: bad };
}

/** Requests that TrafficSplit clients sent towards a leaf. */
function sentCounter({ spec }: ApiObject, namespace: string, service: string): Counter {
  const parent_name = (spec as { readonly service: string }).service;
  const labels = { parent_namespace: namespace, parent_name, backend_namespace: namespace, backend_name: service };
  return counter("outbound_http_balancer_queue_requests_total", labels);
}

/** Series of HTTPRoute clients, by route. */
function routeCounters(routeKey: string, object: ApiObject): Omit<Lane, "splits"> {
  const route = routeLabels(routeKey, object);
  const of = (http_status: string, error: string) =>
    counter("outbound_http_route_request_statuses_total", { ...route, http_status, error });
  return { good: of("200", ""), bad: of("500", ""), lost: of("", "LOAD_SHED") };
}

/** Series of HTTPRoute clients, by route and backend. */
function ownCounters(
  routeKey: string,
  object: ApiObject,
  namespace: string,
  service: string,
  by: (own: Counter) => Counter,
): LaneBackend["own"] {
  const labels = { ...routeLabels(routeKey, object), backend_namespace: namespace, backend_name: service, error: "" };
  const of = (http_status: string) => by(counter("outbound_http_route_backend_response_statuses_total", { ...labels, http_status }));
  return { good: of("200"), bad: of("500") };
}

function routeLabels(routeKey: string, { metadata }: ApiObject): Readonly<Record<string, string>> {
  const group = routeKey.startsWith("HTTPRoute.policy") ? "policy.linkerd.io" : "gateway.networking.k8s.io";
  return {
    parent_kind: "Service",
    parent_namespace: metadata.namespace ?? "",
    parent_name: metadata.name,
    route_group: group,
    route_kind: "HTTPRoute",
    route_namespace: metadata.namespace ?? "",
    route_name: metadata.name,
  };
}

function counter(name: string, labels: Readonly<Record<string, string>>): Counter {
  return { key: `${name}${JSON.stringify(labels)}`, name, labels };
}
