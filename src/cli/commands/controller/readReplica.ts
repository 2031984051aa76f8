import { METRIC_PREFIX } from "../../../admin/metricsTable.ts";
import type { KubeApi, KubeResult } from "../../../kube/kubeApi.ts";
import { askPod, type ControllerPlace } from "./askController.ts";

/** What one replica says of itself in its metrics. Null: it does not say. */
export interface ReplicaFacts {
  readonly version: string | null;
  /** Null: a dry run, which has no leader. */
  readonly leads: boolean | null;
  readonly rulesLoaded: boolean | null;
  readonly rulesLoadedAtMs: number | null;
  readonly prometheusUp: boolean | null;
  readonly signalsLost: boolean | null;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Asks a replica for its metrics, whose names are the same in every version. */
export async function readReplica(
  kube: KubeApi,
  place: ControllerPlace,
  pod: string,
  limits: { readonly timeLimitMs: number; readonly signal?: AbortSignal },
): Promise<KubeResult<ReplicaFacts>> {
  const answer = await askPod<string>(kube, place, pod, "/metrics", { ...limits, text: true });
  return answer.ok ? { ok: true, value: replicaFacts(answer.value) } : answer;
}

/** The facts in a text of metrics. */
function replicaFacts(metrics: string): ReplicaFacts {
  const samples = readSamples(metrics);
  const value = (name: string) => samples.get(METRIC_PREFIX + name)?.value ?? null;
  const flag = (name: string) => (value(name) === null ? null : value(name) === 1);
  const loadedAt = value("config_last_reload_success_timestamp_seconds");
  return {
    version: samples.get(`${METRIC_PREFIX}build_info`)?.labels["version"] ?? null,
    leads: flag("leader"),
    rulesLoaded: flag("config_last_reload_successful"),
    rulesLoadedAtMs: loadedAt === null ? null : loadedAt * 1_000,
    prometheusUp: flag("prometheus_up"),
    signalsLost: flag("signals_lost"),
  };
}

/** The first sample of each of our metrics. */
function readSamples(metrics: string): ReadonlyMap<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const line of metrics.split("\n")) {
    const [, name, labels = "", value] = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined || !name.startsWith(METRIC_PREFIX) || samples.has(name)) continue;
    const pairs = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key = "", text = ""]) => [key, text] as const);
    samples.set(name, { labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return samples;
}
