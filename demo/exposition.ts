import { type Endpoint, type EndpointCounters, LATENCY_BOUNDS_MS, type ProxyCounters, type ResponseCounters } from "./proxyCounters.ts";

/** The counters as Linkerd's proxy exposes them to Prometheus for a client of a TrafficSplit. */
export function exposition(counters: ProxyCounters): string {
  const endpoints = [...counters.endpoints.values()];
  const lines = [
    ...family("request_total", "counter", "Total count of HTTP requests.", endpoints.map(requestLine)),
    ...family("response_latency_ms", "histogram", "Elapsed times of HTTP responses.", endpoints.flatMap(latencyLines)),
    ...family("response_total", "counter", "Total count of HTTP responses.", endpoints.flatMap(responseLines)),
    ...family("route_request_total", "counter", "Total count of HTTP requests.", [
      sample("route_request_total", routeLabels(counters), counters.routeRequests),
    ]),
    ...family("route_response_total", "counter", "Total count of HTTP responses.", routeResponseLines(counters)),
  ];
  return `${lines.join("\n")}\n`;
}

type Labels = Readonly<Record<string, string>>;

function family(name: string, type: "counter" | "histogram", help: string, samples: readonly string[]): string[] {
  return samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

function requestLine({ endpoint, requests }: EndpointCounters): string {
  return sample("request_total", endpointLabels(endpoint), requests);
}

function responseLines({ endpoint, responses }: EndpointCounters): string[] {
  return [...responses].map(([status, { count }]) =>
    sample("response_total", { ...endpointLabels(endpoint), ...statusLabels(status), ...classLabels(status) }, count),
  );
}

/** Latencies carry the status, but no classification. */
function latencyLines({ endpoint, responses }: EndpointCounters): string[] {
  return [...responses].flatMap(([status, response]) => histogram({ ...endpointLabels(endpoint), ...statusLabels(status) }, response));
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

function routeResponseLines(counters: ProxyCounters): string[] {
  return [...counters.routeResponses].map(([status, count]) => {
    const labels = status === null ? LOST_LABELS : { ...statusLabels(status), ...classLabels(status) };
    return sample("route_response_total", { ...routeLabels(counters), ...labels }, count);
  });
}

/** A request that found no endpoint has no status. */
const LOST_LABELS: Labels = { classification: "failure", grpc_status: "", error: "unclassified" };

/** The route's series name the apex with its port, always; those of the leaves leave port 80 out. */
function routeLabels({ apex }: ProxyCounters): Labels {
  return { direction: "outbound", dst: `${apex}:80` };
}

function statusLabels(status: number): Labels {
  return { status_code: String(status) };
}

function classLabels(status: number): Labels {
  return { classification: status >= 500 ? "failure" : "success", grpc_status: "", error: "" };
}

function endpointLabels({ namespace, service, pod, ip, port }: Endpoint): Labels {
  const deployment = pod.replace(/-[^-]+-[^-]+$/, "");
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
    dst_service: service,
    dst_serviceaccount: deployment,
    dst_zone: "",
    dst_zone_locality: "unknown",
  };
}

function sample(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([label, content]) => `${label}="${escape(content)}"`);
  return `${name}{${text.join(",")}} ${value}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
