import { family, type Labels, sample } from "./family.ts";
import type { Outcome, ProxyCounters } from "./proxyCounters.ts";

/** The metric families about route and backends, as the proxy of an HTTPRoute's client exposes them; their names lack `_total`. */
export function policyFamilies(counters: ProxyCounters): readonly string[] {
  const backends = [...counters.backends].map(([name, backend]) => ({ ...backend, labels: backendLabels(counters, name) }));
  const { routeOutcomes } = counters;
  const requests = backends.map(({ labels, requests: count }) => sample("outbound_http_route_backend_requests_total", labels, count));
  const responses = backends.flatMap(({ labels, outcomes }) =>
    statusLines("outbound_http_route_backend_response_statuses_total", labels, outcomes),
  );
  const route = statusLines("outbound_http_route_request_statuses_total", { ...routeLabels(counters), hostname: "" }, routeOutcomes);
  return [
    ...family("outbound_http_route_backend_requests", "counter", "The total number of requests dispatched.", requests),
    ...family("outbound_http_route_backend_response_statuses", "counter", "Completed responses.", responses),
    ...family("outbound_http_route_request_statuses", "counter", "Completed request-response streams.", route),
  ];
}

function statusLines(name: string, labels: Labels, outcomes: ReadonlyMap<Outcome, number>): string[] {
  return [...outcomes].map(([outcome, count]) => sample(name, { ...labels, ...outcomeLabels(outcome) }, count));
}

/** The labels of an outcome. These families have no classification. */
function outcomeLabels(outcome: Outcome): Labels {
  return typeof outcome === "number" ? { http_status: String(outcome), error: "" } : { http_status: "", error: outcome };
}

function routeLabels({ namespace, apex }: ProxyCounters): Labels {
  return {
    ...serviceLabels("parent", namespace, apex),
    route_group: "gateway.networking.k8s.io",
    route_kind: "HTTPRoute",
    route_namespace: namespace,
    route_name: apex,
  };
}

function backendLabels(counters: ProxyCounters, backend: string): Labels {
  return { ...routeLabels(counters), ...serviceLabels("backend", counters.namespace, backend) };
}

function serviceLabels(role: "parent" | "backend", namespace: string, name: string): Labels {
  return {
    [`${role}_group`]: "core",
    [`${role}_kind`]: "Service",
    [`${role}_namespace`]: namespace,
    [`${role}_name`]: name,
    [`${role}_port`]: "80",
    [`${role}_section_name`]: "",
  };
}
