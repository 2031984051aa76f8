/**
 * evaluator/ — the mind.
 *
 * `step` looks at what was seen, what is remembered, the rules and the time, and gives the desired weights and the reasons. This
 * room must never wait, read a clock, roll dice or talk to anyone: the same input gives the same answer.
 */
import type { Route } from "../../routes/route.ts";

/** All that was seen at one tick. */
export interface Observation {
  /** The managed routes. */
  readonly routes: readonly Route[];
  /** By `NAMESPACE/SERVICE`. A service that is not in the map has no endpoints. */
  readonly endpoints: ReadonlyMap<string, Endpoints>;
  /** Null where no Prometheus is configured: metric signals are then off. */
  readonly metrics: Metrics | null;
  /** Of each backend Service that mirrors another cluster's through its gateway: that cluster. By `NAMESPACE/SERVICE`. */
  readonly clusters: ReadonlyMap<string, string>;
  /**
   * Of routes whose weights are only supposed, as in a dry run: each backend's share of the traffic by the weights that are
   * really there. By `routeKey`; absent: none is.
   */
  readonly sent?: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface CountedEndpoints {
  readonly state: "counted";
  readonly ready: number;
  readonly notReady: number;
}

/** What a Service without any has. */
export const NO_ENDPOINTS: CountedEndpoints = { state: "counted", ready: 0, notReady: 0 };

export type Endpoints =
  | CountedEndpoints
  /** The Service has no local endpoints by nature (remote discovery, federated, ExternalName), or is not watched: readiness says nothing. */
  | { readonly state: "elsewhere" }
  /** The watch is not to be trusted at this moment: readiness says nothing. */
  | { readonly state: "stale" };

/** What Prometheus said, question by question. What is not in a map was not asked yet. */
export interface Metrics {
  /** Requests and failures by window in milliseconds. */
  readonly requests: ReadonlyMap<number, Answer<RequestCounts>>;
  /** By `latencyKey`, then by `NAMESPACE/SERVICE` of the leaf: responses, those slower than the bound as failures. */
  readonly latency: ReadonlyMap<string, Answer<ReadonlyMap<string, Counts>>>;
  /** By window in milliseconds, then by `NAMESPACE/SERVICE`: requests begun, those without an answer as failures. */
  readonly unanswered: ReadonlyMap<number, Answer<ReadonlyMap<string, Counts>>>;
  /** By name of the cluster. */
  readonly gateways: Answer<ReadonlyMap<string, Gateway>>;
  /** The operators' own queries, by `queryKey`; null: the query has no sample for it. */
  readonly queries: ReadonlyMap<string, Answer<number | null>>;
}

export type Answer<T> = { readonly state: "answered"; readonly value: T } | Failed;

/** No answer, or one that cannot be believed, and why. */
export interface Failed {
  readonly state: "failed";
  readonly error: string;
}

/** What Prometheus said about the requests of one window, for all routes together. */
export interface RequestCounts {
  /** By `NAMESPACE/SERVICE` of the leaf; no entry: no series. */
  readonly leaves: ReadonlyMap<string, Counts>;
  /** By `NAMESPACE/SERVICE` of a TrafficSplit's apex, as its clients saw it; no entry: no series. */
  readonly apexes: ReadonlyMap<string, Counts>;
  /** By `routeKey` of an HTTPRoute or GRPCRoute, as its clients saw it; no entry: no series. */
  readonly routes: ReadonlyMap<string, Counts>;
}

/** What the service mirror says of the gateway of a linked cluster. */
export interface Gateway {
  /** A gateway is probed at all: links without one export a dead gauge, too. */
  readonly enabled: boolean;
  readonly alive: boolean;
}

/** Names a question about latency: a bound and a window. */
export function latencyKey(underMs: number, windowMs: number): string {
  return `${underMs}/${windowMs}`;
}

/** Names an operator's own query for one backend of one route. */
export function queryKey(route: string, backend: string, name: string): string {
  return `${route}/${backend}/${name}`;
}

/** Requests in a window. Not always whole numbers, since PromQL's `increase` extrapolates. Finite and >= 0. */
export interface Counts {
  readonly total: number;
  readonly failures: number;
}

/** What was seen of one signal of one backend. */
export type Reading =
  | { readonly state: "value"; readonly good: number; readonly total: number }
  /** Of an operator's own query. */
  | { readonly state: "value"; readonly value: number }
  | { readonly state: "quiet"; readonly good: number; readonly total: number }
  | { readonly state: "missing" }
  | { readonly state: "failed" };

/** Time and observation: one frame of a replay. */
export interface Frame {
  readonly atMs: number;
  readonly observation: Observation;
}
