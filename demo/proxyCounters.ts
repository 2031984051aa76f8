/** The target of a request: one pod of one backend. */
export interface Endpoint {
  readonly namespace: string;
  readonly service: string;
  readonly pod: string;
  readonly ip: string;
  readonly port: number;
}

/** Upper bounds of the latency buckets in Linkerd's proxy; slower responses are in `+Inf`. */
export const LATENCY_BOUNDS_MS = [
  1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000,
] as const;

export interface ResponseCounters {
  count: number;
  latencySumMs: number;
  /** Not cumulative; one more entry than there are bounds. */
  readonly latencies: number[];
}

export interface EndpointCounters {
  readonly endpoint: Endpoint;
  requests: number;
  /** By status code. */
  readonly responses: Map<number, ResponseCounters>;
}

/**
 * Why a request found no endpoint: it waited in the backend's queue until the timeout (FAIL_FAST), or it was refused
 * because the queue was in fail-fast state (LOAD_SHED).
 */
export type Loss = "FAIL_FAST" | "LOAD_SHED";

/** A status code, or the reason why there is none. */
export type Outcome = number | Loss;

export interface BackendCounters {
  requests: number;
  readonly outcomes: Map<Outcome, number>;
}

/** The counters of one client's proxy since its start. An endpoint without a request is not in it. */
export interface ProxyCounters {
  readonly namespace: string;
  /** The Service that the client calls, which is also the name of the route. */
  readonly apex: string;
  readonly endpoints: Map<string, EndpointCounters>;
  /** By name: all backends that the route has had. */
  readonly backends: Map<string, BackendCounters>;
  routeRequests: number;
  readonly routeOutcomes: Map<Outcome, number>;
}

/** New counters. */
export function createProxyCounters(namespace: string, apex: string): ProxyCounters {
  return { namespace, apex, endpoints: new Map(), backends: new Map(), routeRequests: 0, routeOutcomes: new Map() };
}

/** The counters of a backend, which exist from the time at which the route names it, even without requests. */
export function meetBackend(counters: ProxyCounters, backend: string): BackendCounters {
  const known = counters.backends.get(backend) ?? { requests: 0, outcomes: new Map<Outcome, number>() };
  counters.backends.set(backend, known);
  return known;
}

/** Counts a request that is sent to an endpoint. */
export function countRequest(counters: ProxyCounters, endpoint: Endpoint): void {
  counters.routeRequests += 1;
  meetBackend(counters, endpoint.service).requests += 1;
  of(counters, endpoint).requests += 1;
}

/** Counts the answer to a request that was counted before. */
export function countResponse(counters: ProxyCounters, endpoint: Endpoint, status: number, latencyMs: number): void {
  const { responses } = of(counters, endpoint);
  const fresh = { count: 0, latencySumMs: 0, latencies: new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0) };
  const response = responses.get(status) ?? fresh;
  responses.set(status, response);
  response.count += 1;
  response.latencySumMs += latencyMs;
  const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
  const at = bucket < 0 ? LATENCY_BOUNDS_MS.length : bucket;
  response.latencies[at] = (response.latencies[at] ?? 0) + 1;
  increase(meetBackend(counters, endpoint.service).outcomes, status);
  increase(counters.routeOutcomes, status);
}

/**
 * Counts a request that found no endpoint. As in Linkerd, no endpoint counts it; the backend counts it only if it waited in
 * the queue; the route always counts it.
 */
export function countLost(counters: ProxyCounters, backend: string | null, loss: Loss): void {
  counters.routeRequests += 1;
  increase(counters.routeOutcomes, loss);
  if (backend === null || loss === "LOAD_SHED") return;
  const known = meetBackend(counters, backend);
  known.requests += 1;
  increase(known.outcomes, loss);
}

function increase(counts: Map<Outcome, number>, outcome: Outcome): void {
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
}

function of(counters: ProxyCounters, endpoint: Endpoint): EndpointCounters {
  const key = `${endpoint.service}/${endpoint.ip}:${endpoint.port}`;
  const known = counters.endpoints.get(key) ?? { endpoint, requests: 0, responses: new Map<number, ResponseCounters>() };
  counters.endpoints.set(key, known);
  return known;
}
