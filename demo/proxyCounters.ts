/** Where a request went: one pod of one backend. */
export interface Endpoint {
  readonly namespace: string;
  readonly service: string;
  readonly pod: string;
  readonly ip: string;
  readonly port: number;
}

/** Upper bounds of the latency buckets, as Linkerd's proxy has them; what is slower falls into `+Inf`. */
export const LATENCY_BOUNDS_MS = [
  1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000,
] as const;

export interface ResponseCounters {
  count: number;
  latencySumMs: number;
  /** Not cumulative; one more than there are bounds. */
  readonly latencies: number[];
}

export interface EndpointCounters {
  readonly endpoint: Endpoint;
  requests: number;
  /** By status code. */
  readonly responses: Map<number, ResponseCounters>;
}

/** What one client's proxy has counted since it started. An endpoint that never got a request is not in it. */
export interface ProxyCounters {
  /** The Service that the client calls, as `web.shop.svc.cluster.local`. */
  readonly apex: string;
  readonly endpoints: Map<string, EndpointCounters>;
  routeRequests: number;
  /** By status code; null counts the requests that found no endpoint and so have none. */
  readonly routeResponses: Map<number | null, number>;
}

/** Counters that have counted nothing yet. */
export function createProxyCounters(apex: string): ProxyCounters {
  return { apex, endpoints: new Map(), routeRequests: 0, routeResponses: new Map() };
}

/** Counts a request that is sent to an endpoint. */
export function countRequest(counters: ProxyCounters, endpoint: Endpoint): void {
  counters.routeRequests += 1;
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
  counters.routeResponses.set(status, (counters.routeResponses.get(status) ?? 0) + 1);
}

/** Counts a request that found no endpoint: only the route's series know of it, as in Linkerd. */
export function countLost(counters: ProxyCounters): void {
  counters.routeRequests += 1;
  counters.routeResponses.set(null, (counters.routeResponses.get(null) ?? 0) + 1);
}

function of(counters: ProxyCounters, endpoint: Endpoint): EndpointCounters {
  const key = `${endpoint.service}/${endpoint.ip}:${endpoint.port}`;
  const known = counters.endpoints.get(key) ?? { endpoint, requests: 0, responses: new Map<number, ResponseCounters>() };
  counters.endpoints.set(key, known);
  return known;
}
