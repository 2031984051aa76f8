import type { Sample } from "./counts.ts";
import type { Loss, LossQuestion } from "./loss.ts";

/** Labels by which one store keeps the series of several clusters or tenants. Any of them may also be a label of the clients' pods. */
const CLUSTER_LABELS = [
  ...["cluster", "cluster_id", "cluster_name", "k8s_cluster", "k8s_cluster_name", "kube_cluster", "kubernetes_cluster"],
  ...["datacenter", "environment", "location", "prometheus", "project_id", "region"],
  ...["__tenant_id__", "tenant", "tenant_id", "vm_account_id", "vm_project_id"],
];
/** Labels that tell replicas of Prometheus apart, as its operator, Thanos and Mimir name them. */
const REPLICAS = ["__replica__", "prometheus", "prometheus_replica", "receive_replica", "replica"];
/** Labels under which one proxy is there twice: several jobs scrape it, or replicas of Prometheus are not deduplicated. */
const TWICE_LABELS = ["job", ...REPLICAS];
/** A text lists at most this many values. */
const VALUES_LIMIT = 5;

/** Whether a leaf is counted under several clusters, and whether a proxy is scraped twice. `leaves`: the series of the leaves. */
export function severalQuestions(leaves: string): readonly LossQuestion[] {
  const leaf = ["authority", "dst_service", "dst_namespace"];
  return [
    { promql: severalQuery(leaves, leaf, CLUSTER_LABELS), read: (samples) => told(samples, CLUSTER_LABELS, severalClusters) },
    {
      promql: severalQuery("proxy_build_info{}", ["instance", "pod"], TWICE_LABELS),
      read: (samples) => told(samples, TWICE_LABELS, twice),
    },
    { promql: COPIES_QUERY, read: copies },
  ];
}

/** The values of each label under which something is there several times. */
function severalQuery(selector: string, same: readonly string[], labels: readonly string[]): string {
  const on = same.join(", ");
  return labels
    .map((label) => {
      const series = `${selector.slice(0, -1)}${selector.endsWith("{}") ? "" : ","}${label}!=""}`;
      return `group by (${label}) (${series} and on (${on}) (count by (${on}) (group by (${on}, ${label}) (${series})) > 1))`;
    })
    .join(" or ");
}

/** How often a proxy is there under labels that the counting does not know, so that its counts add up. */
const COPIES_QUERY = `max(count by (instance, pod, ${TWICE_LABELS.join(", ")}) (proxy_build_info)) > 1`;

function told(
  samples: readonly Sample[],
  labels: readonly string[],
  tell: (label: string, values: readonly string[]) => Loss,
): readonly Loss[] {
  return labels.flatMap((label) => {
    const values = samples.flatMap((sample) => sample.labels[label] ?? []).sort();
    return values.length > 1 ? [tell(label, values)] : [];
  });
}

function severalClusters(label: string, values: readonly string[]): Loss {
  return {
    lost: `a Service is counted under several values of ${label}: ${listed(values)}`,
    without: "if they are clusters, another cluster's Service of the same name counts as this one's",
    hint: `restrict all queries to this cluster: --prometheus-selector '${label}=${JSON.stringify(values[0])}'. If it is a label of the clients, all is well`,
  };
}

function twice(label: string, values: readonly string[]): Loss {
  return {
    lost: `a proxy is scraped under several values of ${label}: ${listed(values)}`,
    without: "its requests count once, by the larger count; the rules' own queries may count them twice",
    hint: label === "job" ? "scrape each proxy by one job" : "let the store deduplicate replicas",
  };
}

function copies(samples: readonly Sample[]): readonly Loss[] {
  const times = samples[0]?.value;
  if (times === undefined) return [];
  return [
    {
      lost: "a proxy is there several times, under labels other than job and replica",
      without: `its requests may count up to ${times} times; shares of failures stay right`,
      hint: "compare its series of proxy_build_info, and scrape each proxy once",
    },
  ];
}

function listed(values: readonly string[]): string {
  const more = values.length - VALUES_LIMIT;
  return more > 0 ? `${values.slice(0, VALUES_LIMIT).join(", ")} and ${more} more` : values.join(", ");
}
