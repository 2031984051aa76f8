import type { Spelling } from "../../src/routes/route.ts";
import type { ApiObject } from "./apiResource.ts";
import { splitsOf } from "./sceneRoute.ts";

/** What names a series of a proxy. */
export interface Counter {
  /** No other series has it. */
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

/** Where the requests of a route go, and what counts them. */
export interface Lane {
  /** Backends with a weight, split by split. */
  readonly splits: readonly (readonly LaneBackend[])[];
  readonly good: Counter;
  readonly bad: Counter;
  /** Failures of requests that reached nobody. */
  readonly lost: Counter;
}

/** The way of a route's requests by its live weights. */
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

/** As clients of a TrafficSplit count, by the Service that they call. */
function apexCounters({ metadata, spec }: ApiObject): Omit<Lane, "splits"> {
  const dst = `${(spec as { readonly service: string }).service}.${metadata.namespace}.svc.cluster.local:80`;
  const bad = counter("route_response_total", { direction: "outbound", dst, classification: "failure" });
  return { good: counter("route_response_total", { direction: "outbound", dst, classification: "success" }), bad, lost: bad };
}

/** As clients of an HTTPRoute count, by the route. */
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
