import type { WrittenSeries } from "./remoteWrite.ts";

/** What the clients of the routes follow. */
export type MeshPath = "HTTPRoute" | "TrafficSplit";

const CLIENTS = ["c1", "c2"] as const;
const BACKENDS = ["a", "b", "c"] as const;
const ENDPOINTS = [1, 2] as const;
const SCRAPES = 7;
const SCRAPE_MS = 10_000;
const STARTED_BEFORE_S = 100_000;
/** Only whether it stays the same matters. */
const SERIES_OF_A_CLIENT = 10_000;
/** Each endpoint's count of them, at every scrape. */
const FAILURES = 1_000;

type Labels = Readonly<Record<string, string>>;

/** Seven scrapes of two clients' proxies that call all routes: three backends of two endpoints each, which failed long ago. */
export function* meshSeries(kind: MeshPath, routes: number, endMs: number): Iterable<WrittenSeries> {
  const families: readonly (readonly [name: string, series: () => Iterable<Labels>, value?: number])[] = [
    ["up", () => [{}], 1],
    ["proxy_build_info", () => [{}], 1],
    ["process_start_time_seconds", () => [{}], endMs / 1_000 - STARTED_BEFORE_S],
    ["scrape_samples_post_metric_relabeling", () => [{}], SERIES_OF_A_CLIENT],
    ["scrape_series_added", () => [{}], 0],
    ["response_total", () => leaves(routes)],
    ...(kind === "HTTPRoute"
      ? ([
          ["outbound_http_route_request_statuses_total", () => byRoute(routes, [null])],
          ["outbound_http_route_backend_response_statuses_total", () => byRoute(routes, BACKENDS)],
        ] as const)
      : ([
          ["route_response_total", () => apexes(routes)],
          ["outbound_http_balancer_queue_requests_total", () => sent(routes)],
        ] as const)),
  ];
  for (const [name, series, value] of families) {
    for (const own of series()) {
      for (const client of CLIENTS) {
        const labels = { __name__: name, job: "linkerd-proxy", instance: `${client}:4191`, pod: client, ...own };
        const isFailure = own["classification"] === "failure" || own["http_status"] === "500";
        yield { labels, samples: samples(endMs, value ?? (isFailure ? FAILURES : undefined)) };
      }
    }
  }
}

function samples(endMs: number, value: number | undefined): WrittenSeries["samples"] {
  return Array.from({ length: SCRAPES }, (_, i) => ({ atMs: endMs - (SCRAPES - 1 - i) * SCRAPE_MS, value: value ?? 1_000 + 50 * i }));
}

const ANSWERS = [
  { classification: "success", status_code: "200" },
  { classification: "failure", status_code: "500" },
] as const;

function* leaves(routes: number): Iterable<Labels> {
  for (let i = 0; i < routes; i++) {
    for (const suffix of BACKENDS) {
      const service = `svc-${i}-${suffix}`;
      const leaf = { direction: "outbound", authority: `${service}.bench.svc.cluster.local`, dst_service: service, dst_namespace: "bench" };
      for (const endpoint of ENDPOINTS) for (const answer of ANSWERS) yield { ...leaf, target_addr: `10.0.0.${endpoint}:8080`, ...answer };
    }
  }
}

function* byRoute(routes: number, backends: readonly (string | null)[]): Iterable<Labels> {
  for (let i = 0; i < routes; i++) {
    const route = { route_group: "gateway.networking.k8s.io", route_kind: "HTTPRoute", route_namespace: "bench", route_name: `route-${i}` };
    const parent = { parent_namespace: "bench", parent_name: `svc-${i}-a`, parent_port: "80" };
    for (const suffix of backends) {
      const backend = suffix === null ? {} : { backend_namespace: "bench", backend_name: `svc-${i}-${suffix}`, backend_port: "80" };
      for (const http_status of ["200", "500"]) yield { ...route, ...parent, ...backend, http_status };
    }
  }
}

function* apexes(routes: number): Iterable<Labels> {
  for (let i = 0; i < routes; i++) {
    for (const answer of ANSWERS) yield { direction: "outbound", dst: `svc-${i}-a.bench.svc.cluster.local:80`, ...answer };
  }
}

function* sent(routes: number): Iterable<Labels> {
  for (let i = 0; i < routes; i++) {
    for (const suffix of BACKENDS) {
      const leaf = { backend_namespace: "bench", backend_name: `svc-${i}-${suffix}`, backend_port: "80" };
      yield { parent_namespace: "bench", parent_name: `svc-${i}-a`, parent_port: "80", ...leaf };
    }
  }
}
