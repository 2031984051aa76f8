import { classLabels, family, type Labels, sample } from "./family.ts";
import { type Endpoint, type EndpointCounters, LATENCY_BOUNDS_MS, type ProxyCounters, type ResponseCounters } from "./proxyCounters.ts";
import type { RouteKind } from "./routeKind.ts";

/** The counters in the format of Linkerd's proxy, for a client of a route of this kind. */
export function exposition(counters: ProxyCounters, { families }: Pick<RouteKind, "families">, startedAtS = 0): string {
  const endpoints = [...counters.endpoints.values()];
  const lines = [
    ...family("request_total", "counter", "Total count of HTTP requests.", endpoints.map(requestLine)),
    ...family("response_latency_ms", "histogram", "Elapsed times of HTTP responses.", endpoints.flatMap(latencyLines)),
    ...family("response_total", "counter", "Total count of HTTP responses.", endpoints.flatMap(responseLines)),
    ...families(counters),
    ...family("process_start_time_seconds", "gauge", "Time that the process started.", [
      sample("process_start_time_seconds", {}, startedAtS),
    ]),
    ...family("proxy_build_info", "gauge", "Proxy build info.", [sample("proxy_build_info", { version: "demo" }, 1)]),
  ];
  return `${lines.join("\n")}\n`;
}

function requestLine({ endpoint, requests }: EndpointCounters): string {
  return sample("request_total", endpointLabels(endpoint), requests);
}

function responseLines({ endpoint, responses }: EndpointCounters): string[] {
  return [...responses].map(([status, { count }]) =>
    sample("response_total", { ...endpointLabels(endpoint), ...classLabels(status) }, count),
  );
}

/** Latencies have the status label, but no classification. */
function latencyLines({ endpoint, responses }: EndpointCounters): string[] {
  return [...responses].flatMap(([status, response]) => histogram({ ...endpointLabels(endpoint), status_code: String(status) }, response));
}

function histogram(labels: Labels, { count, latencySumMs, latencies }: ResponseCounters): string[] {
  const bounds = [...LATENCY_BOUNDS_MS.map(String), "+Inf"];
  let below = 0;
  const buckets = bounds.map((le, at) => {
    below += latencies[at] ?? 0;
    return sample("response_latency_ms_bucket", { ...labels, le }, below);
  });
  return [
    ...buckets,
    sample("response_latency_ms_count", labels, count),
    sample("response_latency_ms_sum", labels, Math.round(latencySumMs)),
  ];
}

/** The labels of the leaf, which are the same for all kinds of route. */
function endpointLabels({ namespace, service, pod, ip, port }: Endpoint): Labels {
  const [, deployment = pod, hash = ""] = /^(.+)-([^-]+)-[^-]+$/.exec(pod) ?? [];
  return {
    direction: "outbound",
    authority: `${service}.${namespace}.svc.cluster.local`,
    target_addr: `${ip}:${port}`,
    target_ip: ip,
    target_port: String(port),
    tls: "true",
    server_id: `${deployment}.${namespace}.serviceaccount.identity.linkerd.cluster.local`,
    dst_control_plane_ns: "linkerd",
    dst_deployment: deployment,
    dst_namespace: namespace,
    dst_pod: pod,
    dst_pod_template_hash: hash,
    dst_service: service,
    dst_serviceaccount: deployment,
    dst_zone: "",
    dst_zone_locality: "unknown",
  };
}
