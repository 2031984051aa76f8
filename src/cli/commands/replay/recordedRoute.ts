import { METRIC_PREFIX } from "../../../admin/metricsTable.ts";
import type { Answer, Endpoints } from "../../../evaluator/model/observation.ts";
import { liveShares } from "../../../evaluator/model/weightHistory.ts";
import type { Sample } from "../../../linkerd/counts.ts";
import type { PrometheusClient } from "../../../observer/prometheus.ts";
import { type Route, type SplitBackend, serviceKey } from "../../../routes/route.ts";

/** Weights by split, then by backend. */
type Weights = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What Prometheus has kept of a route itself, beside its requests. */
export interface RecordedRoute {
  /** Each backend's share of the traffic by the weights of that time; null: unknown. */
  readonly sent: ReadonlyMap<string, number> | null;
  /** The owner's weights of that time; empty: unknown. */
  readonly baseline: Weights;
  /** By `NAMESPACE/SERVICE`; a Service whose endpoints were not recorded is not in it. */
  readonly endpoints: ReadonlyMap<string, Endpoints>;
}

export const NOTHING_RECORDED: RecordedRoute = { sent: null, baseline: new Map(), endpoints: new Map() };

/** Our own gauges of a route, and how they are called in the answer. */
const OWN = { backend_weight: "weight", backend_baseline_weight: "baseline", backend_ready_endpoints: "ready" } as const;

/** The query for a route's weights, baseline and ready endpoints: our own metrics, and the addresses of kube-state-metrics. */
export function recordedQuery(route: Route): string {
  const { kind, namespace, name } = route;
  const own = `{kind=${quoted(kind)},namespace=${quoted(namespace)},route=${quoted(name)}}`;
  const services = servicesOf(route).map((key) => key.split("/"));
  const one = (at: 0 | 1) => quoted([...new Set(services.map((parts) => escaped(parts[at] ?? "")))].join("|"));
  const addresses = `sum by (namespace,endpoint,ready) (kube_endpoint_address{namespace=~${one(0)},endpoint=~${one(1)}})`;
  const parts = [
    ...Object.entries(OWN).map(([metric, gauge]) => named(`${METRIC_PREFIX}${metric}${own}`, gauge)),
    named(`${METRIC_PREFIX}leader == 1`, "leader"),
    named(addresses, "address"),
  ];
  return parts.join(" or ");
}

/** What Prometheus has of the route at a time. */
export async function recordedRoute(prometheus: PrometheusClient, route: Route, atMs: number): Promise<Answer<RecordedRoute>> {
  const answer = await prometheus.query(recordedQuery(route), atMs);
  return answer.ok ? { state: "answered", value: readRecorded(answer.samples, route) } : { state: "failed", error: answer.why };
}

/** Reads the answer. Of several replicas the leader's word counts; else that of the first one. */
export function readRecorded(samples: readonly Sample[], route: Route): RecordedRoute {
  const byReplica = Map.groupBy(
    samples.filter(({ labels }) => labels["gauge"] !== "address" && labels["gauge"] !== "leader"),
    replicaOf,
  );
  const leader = samples
    .filter(({ labels }) => labels["gauge"] === "leader")
    .map(replicaOf)
    .find((replica) => byReplica.has(replica));
  const replica = leader ?? [...byReplica.keys()].toSorted()[0];
  const own = replica === undefined ? [] : (byReplica.get(replica) ?? []);
  const weights = weightsIn(own, "weight");
  const all = route.splits.every(({ name, backends }) => backends.every(({ backend }) => weights.get(name)?.has(backend) === true));
  const sent = all ? liveShares(route.splits.map(({ name }) => Object.fromEntries(weights.get(name) ?? []))) : null;
  return { sent, baseline: weightsIn(own, "baseline"), endpoints: endpointsIn(own, samples, route) };
}

/** The route with the owner's weights of that time; the same object where they are what it has. */
export function withBaseline(route: Route, baseline: Weights): Route {
  let changed = false;
  const weighed = (backend: SplitBackend, weight: number | undefined): SplitBackend => {
    if (weight === undefined || weight === backend.weight) return backend;
    changed = true;
    // The weights of the entries of one Service are recorded as their sum.
    const entries = backend.entries.map((entry, i) => ({ ...entry, spelling: i === 0 ? weight : 0 }));
    return { ...backend, weight, entries };
  };
  const splits = route.splits.map((split) => ({
    ...split,
    backends: split.backends.map((backend) => weighed(backend, baseline.get(split.name)?.get(backend.backend))),
  }));
  return changed ? { ...route, splits } : route;
}

/** The backends of a route as `NAMESPACE/SERVICE`, each once. */
export function servicesOf({ namespace, splits }: Route): readonly string[] {
  return [...new Set(splits.flatMap(({ backends }) => backends.map(({ backend }) => serviceKey(namespace, backend))))];
}

function weightsIn(samples: readonly Sample[], gauge: string): Weights {
  const weights = new Map<string, Map<string, number>>();
  for (const { labels, value } of samples) {
    const { split = "", backend = "" } = labels;
    if (labels["gauge"] !== gauge || !Number.isFinite(value)) continue;
    weights.set(split, (weights.get(split) ?? new Map<string, number>()).set(backend, value));
  }
  return weights;
}

/** kube-state-metrics knows those that are not ready, too, so its word comes first. */
function endpointsIn(own: readonly Sample[], all: readonly Sample[], route: Route): ReadonlyMap<string, Endpoints> {
  const services = new Set(servicesOf(route));
  const counted = new Map<string, { ready: number; notReady: number }>();
  for (const { labels, value } of own) {
    if (labels["gauge"] === "ready") counted.set(serviceKey(route.namespace, labels["backend"] ?? ""), { ready: value, notReady: 0 });
  }
  const known = new Map<string, { ready: number; notReady: number }>();
  for (const { labels, value } of all) {
    const key = `${labels["namespace"]}/${labels["endpoint"]}`;
    if (labels["gauge"] !== "address" || !services.has(key)) continue;
    const before = known.get(key) ?? { ready: 0, notReady: 0 };
    known.set(key, labels["ready"] === "true" ? { ...before, ready: value } : { ...before, notReady: value });
  }
  return new Map([...counted, ...known].map(([key, counts]) => [key, { state: "counted", ...counts } as const]));
}

/** The labels that say which replica a series is of. */
function replicaOf({ labels }: Sample): string {
  const { gauge: _, kind: _k, namespace: _n, route: _r, backend: _b, split: _s, ...others } = labels;
  return JSON.stringify(Object.entries(others).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function named(vector: string, gauge: string): string {
  return `label_replace(${vector}, "gauge", "${gauge}", "", "")`;
}

/** The names of objects need no escapes but for the dot. */
function escaped(name: string): string {
  return name.replaceAll(".", "[.]");
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
