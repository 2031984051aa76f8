/**
 * evaluator/ — judges backends and decides weights.
 *
 * `step` takes the state, an observation, the rules and the time, and returns the new state and the decisions with their
 * reasons. It must never wait, read a clock, use randomness or do I/O: the same input gives the same result. model/ has the
 * types that its other rooms share, and must import none of them.
 */
import type { Route } from "../../routes/route.ts";
import type { PrometheusName } from "../../rules/prometheusName.ts";

/** What was observed at one tick. */
export interface Observation {
  /** The managed routes. */
  readonly routes: readonly Route[];
  /** By `NAMESPACE/SERVICE`. A service that is not in the map has no endpoints. */
  readonly endpoints: Pick<ReadonlyMap<string, Endpoints>, "get">;
  /** Null where no Prometheus is configured: metric signals are then off. */
  readonly metrics: Metrics | null;
  /** The cluster of each backend Service that mirrors a Service of another cluster through a gateway. By `NAMESPACE/SERVICE`. */
  readonly clusters: ReadonlyMap<string, string>;
  /**
   * For routes whose weights are assumed, as in a dry run: each backend's share of the traffic by the weights that are really
   * in the object. By `routeKey`; absent: no weights are assumed.
   */
  readonly sent?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The wall clock, for times in annotations; absent: it is the same as the clock that counts waits. */
  readonly wallMs?: number;
  /** By `routeKey`: when our last write of a route landed. Absent: nothing was written. */
  readonly written?: ReadonlyMap<string, number>;
  /** What has changed since the last tick; absent: perhaps everything. */
  readonly changed?: Changed;
}

/** What has changed since the last tick. */
export interface Changed {
  /** By `routeKey`: the routes whose object or endpoints have changed, as they are now; null: the route is gone. */
  readonly routes: ReadonlyMap<string, Route | null>;
  /** Nothing else has changed: the metrics are those of the last tick. False: readings and waits may have changed, too. */
  readonly onlyThese: boolean;
}

export interface CountedEndpoints {
  readonly state: "counted";
  readonly ready: number;
  /** Not ready, but they have been: these are missing. An endpoint that was just added is in no count. */
  readonly notReady: number;
  /** Not ready when this controller first saw them, and since: they may have been ready before. Absent: none. */
  readonly unclear?: number;
}

/** A Service without endpoints. */
export const NO_ENDPOINTS: CountedEndpoints = { state: "counted", ready: 0, notReady: 0 };

export type Endpoints =
  | CountedEndpoints
  /** The Service never has local endpoints (remote discovery, federated, ExternalName), or is not watched: readiness is unknown. */
  | { readonly state: "elsewhere" }
  /** The watch is silent: readiness is unknown. */
  | { readonly state: "stale" };

/** The answers of Prometheus, by query. A query without an entry was not sent yet. Of two Prometheus these are the answers of the fast one. */
export interface Metrics {
  /** Requests and failures by window in milliseconds. */
  readonly requests: ReadonlyMap<number, Answer<RequestCounts>>;
  /** By `latencyKey`, then by `NAMESPACE/SERVICE` of the leaf: responses, those slower than the bound as failures. */
  readonly latency: ReadonlyMap<string, Answer<ReadonlyMap<string, Counts>>>;
  /** By window in milliseconds, then by `NAMESPACE/SERVICE`: requests begun, those without an answer as failures. */
  readonly unanswered: ReadonlyMap<number, Answer<ReadonlyMap<string, Counts>>>;
  /** By name of the cluster. */
  readonly gateways: Answer<ReadonlyMap<string, Gateway>>;
  /** The operators' own queries of both, by `queryKey`; null: the query has no sample for it. */
  readonly queries: ReadonlyMap<string, Answer<number | null>>;
  /** By `routeKey` of each route with a suspect backend: what its clients counted, each for itself. No entry: not asked. */
  readonly clients?: ReadonlyMap<string, Answer<ClientCounts>>;
  /** The answers of the main Prometheus to what the rules ask it about requests; absent: there is one Prometheus. */
  readonly main?: Metrics;
}

/** The window of a signal, and which Prometheus counts in it. */
export interface SignalWindow {
  readonly windowMs: number;
  readonly prometheus?: PrometheusName | undefined;
}

/** The answers of the Prometheus that a signal names. */
export function answersFor({ prometheus }: Pick<SignalWindow, "prometheus">, metrics: Metrics): Metrics {
  return prometheus === "main" ? (metrics.main ?? metrics) : metrics;
}

export type Answer<T> = { readonly state: "answered"; readonly value: T } | Failed;

/** No answer, or one that is not valid, and why. */
export interface Failed {
  readonly state: "failed";
  readonly error: string;
}

/** The answer to a question that was not asked yet, because the rules have just changed. */
export const NOT_ASKED: Failed = { state: "failed", error: "not asked yet" };

/** The families of which `RequestCounts` is made. */
export type RequestFamily = "leaves" | "apexes" | "httpRoutes" | "grpcRoutes" | "grpcLeaves";

/** The requests of one window, for all routes together. */
export interface RequestCounts {
  /** By `NAMESPACE/SERVICE` of the leaf; no entry: no series. */
  readonly leaves: ReadonlyMap<string, Counts>;
  /** By `NAMESPACE/SERVICE` of a TrafficSplit's apex, as its clients saw it; no entry: no series. */
  readonly apexes: ReadonlyMap<string, Counts>;
  /** By `routeKey` of an HTTPRoute or GRPCRoute, as its clients saw it; no entry: no series. */
  readonly routes: ReadonlyMap<string, Counts>;
  /** By `routeKey`, then by `NAMESPACE/SERVICE`: the route's own requests to each backend; no entry: no series. */
  readonly backends?: ReadonlyMap<string, ReadonlyMap<string, Counts>>;
  /** By apex of a TrafficSplit, then by leaf: requests that the split's clients sent towards it, answered or not. */
  readonly sent?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** gRPC requests by leaf, with the failures that only the leaf's classification knows. */
  readonly grpcLeaves?: ReadonlyMap<string, Counts>;
  /** The families without a complete answer, and why. A reading that needs one of them is `failed`. */
  readonly failed?: ReadonlyMap<RequestFamily, string>;
}

/** The requests of one window by client pod. */
export interface ClientCounts {
  readonly windowMs: number;
  /** By `NAMESPACE/POD`, as far as these labels are kept. */
  readonly byClient: ReadonlyMap<string, RequestCounts>;
}

/** The gateway of a linked cluster, as the service mirror reports it. */
export interface Gateway {
  /** The gateway is probed. A link without a gateway exports a gauge that reads dead. */
  readonly enabled: boolean;
  readonly alive: boolean;
}

/** The key of a latency query: its bound and its window. */
export function latencyKey(underMs: number, windowMs: number): string {
  return `${underMs}/${windowMs}`;
}

/** The key of an operator's own query for one backend of one route. */
export function queryKey(route: string, backend: string, name: string): string {
  return `${route}/${backend}/${name}`;
}

/** Requests in a window: finite and >= 0, not always whole numbers: a part of a leaf's requests may be the route's. */
export interface Counts {
  readonly total: number;
  readonly failures: number;
}

/** What one signal reads for one backend. */
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
