import {
  ANSWERED_QUERY,
  apexQuery,
  backendQuery,
  begunQuery,
  CLOCK_QUERY,
  gatewayQuery,
  grpcLeafQuery,
  latencyQuery,
  leafQuery,
  type QueryScope,
  routeQuery,
  sentQuery,
  shedQuery,
} from "../../src/linkerd/queries.ts";
import { metricNames } from "../../src/rules/metricNames.ts";

const SCOPE: QueryScope = { namespaces: ["any"], windowMs: 10_000, clock: "kept" };
const PROTOCOLS = ["http", "grpc"] as const;

/** The metrics of Linkerd that the controller's queries name, sorted. */
export function metricsRead(): readonly string[] {
  const queries = [
    ...[leafQuery, grpcLeafQuery, apexQuery, sentQuery, begunQuery].map((query) => query(SCOPE).promql),
    ...PROTOCOLS.flatMap((protocol) => [routeQuery, shedQuery, backendQuery].map((query) => query(protocol, SCOPE).promql)),
    latencyQuery(SCOPE, [100]).promql,
    gatewayQuery(),
    CLOCK_QUERY,
    ANSWERED_QUERY,
  ];
  // Prometheus makes `up` itself.
  return [...new Set(queries.flatMap(metricNames))].filter((name) => name !== "up").sort();
}

/**
 * The scrape configuration of the chart's own Prometheus: the proxies, and the controllers of linked clusters, which report the
 * gateways. It keeps only what the controller reads, and of the proxies only what they count as clients.
 */
export function fastLaneScrapes(): readonly object[] {
  const kept = { source_labels: ["__name__"], regex: metricsRead().join("|"), action: "keep" };
  const ofServers = { source_labels: ["direction"], regex: "inbound", action: "drop" };
  const pods = [{ role: "pod" }];
  return [
    {
      job_name: "linkerd-proxy",
      kubernetes_sd_configs: pods,
      relabel_configs: [
        {
          source_labels: [
            "__meta_kubernetes_pod_container_name",
            "__meta_kubernetes_pod_container_port_name",
            "__meta_kubernetes_pod_phase",
          ],
          regex: "linkerd-proxy;linkerd-admin;(Pending|Running)",
          action: "keep",
        },
        { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
        { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
      ],
      metric_relabel_configs: [kept, ofServers],
    },
    {
      job_name: "linkerd-multicluster",
      kubernetes_sd_configs: pods,
      relabel_configs: [
        {
          source_labels: ["__meta_kubernetes_pod_label_component", "__meta_kubernetes_pod_container_port_name"],
          // Its port has had several names; the proxy's own is not meant.
          regex: "(linkerd-service-mirror|controller);(admin-http|ctrl-admin|svcmi-admin|admin)",
          action: "keep",
        },
        { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
        { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
      ],
      metric_relabel_configs: [kept],
    },
  ];
}
