import { type Route, serviceKey } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import {
  type Answer,
  type ClientCounts,
  latencyKey,
  type Metrics,
  type Observation,
  queryKey,
  type RequestCounts,
} from "../model/observation.ts";

/** The keys in an observation that concern one route. */
interface Concern {
  readonly route: Route;
  readonly rule: Rule;
  readonly backends: readonly string[];
  /** `NAMESPACE/SERVICE` of each backend. */
  readonly services: readonly string[];
  /** The same of the Services that its clients call. */
  readonly parents: readonly string[];
}

/** The part of an observation that a route is judged by, and nothing of another route. */
export function concerning(route: Route, rule: Rule, observation: Observation): Observation {
  const { endpoints, metrics, clusters, sent, wallMs, written } = observation;
  const backends = [...new Set(route.splits.flatMap((split) => split.backends.map(({ backend }) => backend)))];
  const services = backends.map((backend) => serviceKey(route.namespace, backend));
  const parents = [...new Set([route.apex, ...route.parents])].map((parent) => serviceKey(route.namespace, parent));
  const concern: Concern = { route, rule, backends, services, parents };
  const own = picked(clusters, services);
  return {
    routes: [route],
    endpoints: picked(endpoints, services),
    metrics: metrics === null ? null : metricsOf(metrics, concern, new Set(own.values())),
    clusters: own,
    ...(sent !== undefined && { sent: picked(sent, [route.key]) }),
    ...(wallMs !== undefined && { wallMs }),
    ...(written !== undefined && { written: picked(written, [route.key]) }),
  };
}

function metricsOf(metrics: Metrics, concern: Concern, clusters: ReadonlySet<string>): Metrics {
  const { route, rule, services, backends } = concern;
  const { successRate, latency, unanswered, queries = [] } = rule.signals;
  const leaves = <T>(answer: Answer<ReadonlyMap<string, T>>) => mapped(answer, (value) => picked(value, services));
  const clients = metrics.clients?.get(route.key);
  return {
    requests: eachOf(metrics.requests, successRate && [successRate.windowMs], (answer) =>
      mapped(answer, (value) => requestsOf(value, concern)),
    ),
    latency: eachOf(metrics.latency, latency && [latencyKey(latency.underMs, latency.windowMs)], leaves),
    unanswered: eachOf(metrics.unanswered, unanswered && [unanswered.windowMs], leaves),
    gateways: mapped(metrics.gateways, (value) => picked(value, [...clusters])),
    queries: picked(
      metrics.queries,
      backends.flatMap((backend) => queries.map(({ name }) => queryKey(route.key, backend, name))),
    ),
    ...(metrics.main !== undefined && { main: metricsOf(metrics.main, concern, clusters) }),
    ...(clients !== undefined && { clients: new Map([[route.key, mapped(clients, (value) => clientsOf(value, concern))]]) }),
  };
}

function clientsOf({ windowMs, byClient }: ClientCounts, concern: Concern): ClientCounts {
  return { windowMs, byClient: new Map([...byClient].map(([name, counts]) => [name, requestsOf(counts, concern)])) };
}

function requestsOf(counts: RequestCounts, { route, services, parents }: Concern): RequestCounts {
  const { leaves, apexes, routes, backends, sent, grpcLeaves, failed } = counts;
  return {
    leaves: picked(leaves, services),
    apexes: picked(apexes, parents),
    routes: picked(routes, [route.key]),
    ...(backends !== undefined && { backends: picked(backends, [route.key]) }),
    ...(sent !== undefined && { sent: picked(sent, parents) }),
    ...(grpcLeaves !== undefined && { grpcLeaves: picked(grpcLeaves, services) }),
    ...(failed !== undefined && { failed }),
  };
}

function mapped<T>(answer: Answer<T>, how: (value: T) => T): Answer<T> {
  return answer.state === "failed" ? answer : { state: "answered", value: how(answer.value) };
}

function eachOf<K, V>(all: ReadonlyMap<K, V>, keys: readonly K[] | undefined, how: (value: V) => V): ReadonlyMap<K, V> {
  return new Map([...picked(all, keys ?? [])].map(([key, value]) => [key, how(value)]));
}

function picked<K, V>(all: Pick<ReadonlyMap<K, V>, "get">, keys: readonly K[]): Map<K, V> {
  const own = new Map<K, V>();
  for (const key of keys) {
    const value = all.get(key);
    if (value !== undefined) own.set(key, value);
  }
  return own;
}
