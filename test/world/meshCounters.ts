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

/** The targets and series for a route's live weights. */
export function laneOf(routeKey: string, object: ApiObject, weightOf: (spelling: Spelling) => number): Lane {
  const { namespace = "" } = object.metadata;
  const splits = splitsOf(object).map(({ backends }) =>
    backends
      .map(({ service, weight }) => ({ service, weight: weightOf(weight) }))
      .filter(({ weight }) => weight > 0)
      .map(({ service, weight }) => ({
        key: `${namespace}/${service}`,
        weight,
        good: leafCounter(namespace, service, "success"),
        bad: leafCounter(namespace, service, "failure"),
      })),
  );
  return { splits, ...(routeKey.startsWith("TrafficSplit/") ? apexCounters(object) : routeCounters(routeKey, object)) };
}

function leafCounter(namespace: string, service: string, classification: string): Counter {
  const authority = `${service}.${namespace}.svc.cluster.local`;
  return counter("response_total", { direction: "outbound", authority, dst_service: service, dst_namespace: namespace, classification });
}

/** Series of TrafficSplit clients, by the Service that they call. */
function apexCounters({ metadata, spec }: ApiObject): Omit<Lane, "splits"> {
  const dst = `${(spec as { readonly service: string }).service}.${metadata.namespace}.svc.cluster.local:80`;
  const bad = counter("route_response_total", { direction: "outbound", dst, classification: "failure" });
  return { good: counter("route_response_total", { direction: "outbound", dst, classification: "success" }), bad, lost: bad };
}

/** Series of HTTPRoute clients, by route. */
function routeCounters(routeKey: string, { metadata }: ApiObject): Omit<Lane, "splits"> {
  const group = routeKey.startsWith("HTTPRoute.policy") ? "policy.linkerd.io" : "gateway.networking.k8s.io";
  const route = {
    parent_kind: "Service",
    parent_namespace: metadata.namespace ?? "",
    parent_name: metadata.name,
    route_group: group,
    route_kind: "HTTPRoute",
    route_namespace: metadata.namespace ?? "",
    route_name: metadata.name,
  };
  const of = (http_status: string, error: string) =>
    counter("outbound_http_route_request_statuses_total", { ...route, http_status, error });
  return { good: of("200", ""), bad: of("500", ""), lost: of("", "FAIL_FAST") };
}

function counter(name: string, labels: Readonly<Record<string, string>>): Counter {
  return { key: `${name}${JSON.stringify(labels)}`, name, labels };
}
