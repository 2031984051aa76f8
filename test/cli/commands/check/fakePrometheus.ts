import type { Sample } from "../../../../src/linkerd/counts.ts";
import { CLOCK_QUERY, LEAVES_BY_AUTHORITY_QUERY, TIME_QUERY, TWO_MOMENTS_QUERY } from "../../../../src/linkerd/queries.ts";
import type { PrometheusClient } from "../../../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../../../src/observer/queryAnswer.ts";

/** What this Prometheus has for the queries of `check`. */
export interface FakePrometheus {
  /** Why it does not answer. */
  readonly why?: string;
  /** What it warns of in each answer. */
  readonly partial?: string;
  /** Metrics that have series. */
  readonly metrics?: readonly string[];
  /** `NAMESPACE/SERVICE` of leaves with series. */
  readonly leaves?: readonly string[];
  readonly scrapeMs?: number;
  /** Whether the gateway is alive, by cluster. */
  readonly gateways?: Readonly<Record<string, boolean>>;
  readonly proxies?: Readonly<Record<string, number>>;
  /** Labels, by family, that its series lack. */
  readonly lacking?: Readonly<Record<string, string>>;
  /** Series of leaves, and of proxies, that differ in these labels only. */
  readonly several?: readonly Sample["labels"][];
}

/** A Prometheus that answers the queries of `check` and no others. */
export function fakePrometheus(has: FakePrometheus): { readonly client: PrometheusClient; readonly url: string } {
  const query = async (promql: string): Promise<QueryAnswer> =>
    has.why === undefined
      ? { ok: true, partial: has.partial ?? null, samples: answer(promql, has) }
      : { ok: false, outcome: "error", why: has.why };
  const client: PrometheusClient = {
    query,
    queryAside: query,
    up: () => null,
    counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }),
  };
  return { client, url: "http://prometheus:9090" };
}

function answer(promql: string, has: FakePrometheus): readonly Sample[] {
  const { metrics = [], leaves = [], scrapeMs, gateways = {}, proxies = {} } = has;
  if (promql === "vector(1)") return [{ labels: {}, value: 1 }];
  if (promql === LEAVES_BY_AUTHORITY_QUERY || promql.startsWith("max(count by (instance")) return [];
  if (promql === TIME_QUERY || promql === TWO_MOMENTS_QUERY) return [];
  if (promql === CLOCK_QUERY) return [{ labels: {}, value: 1 }];
  if (promql.includes('"lost", "clock"')) return [{ labels: { lost: "clock" }, value: 1 }];
  if (promql.includes('"lost"')) return lacks(promql, has);
  if (promql.startsWith("group by (")) return seen(promql, has);
  if (promql.includes('"metric"'))
    return metrics.filter((name) => promql.includes(`count(${name})`)).map((metric) => ({ labels: { metric }, value: 1 }));
  if (promql.includes("count_over_time")) {
    return scrapeMs !== undefined && promql.includes("up[10m]") ? [{ labels: { job: "linkerd-proxy" }, value: 600_000 / scrapeMs }] : [];
  }
  if (promql.includes("proxy_build_info")) return Object.entries(proxies).map(([version, value]) => ({ labels: { version }, value }));
  if (promql.includes("gateway_alive")) {
    return Object.entries(gateways).flatMap(([cluster, alive]) => [
      { labels: { target_cluster_name: cluster, gauge: "alive" }, value: alive ? 1 : 0 },
      { labels: { target_cluster_name: cluster, gauge: "enabled" }, value: 1 },
    ]);
  }
  if (promql.startsWith("count by (authority")) {
    return leaves.map((leaf) => {
      const [namespace = "", service = ""] = leaf.split("/");
      return { labels: { authority: `${service}.${namespace}.svc.cluster.local` }, value: 1 };
    });
  }
  throw new Error(`not expected: ${promql}`);
}

/** The labels that series of the family of this query lack; of buckets, all have as many series. */
function lacks(promql: string, { lacking = {} }: FakePrometheus): readonly Sample[] {
  const family = /count\((\w+)\{/.exec(promql)?.[1] ?? "";
  const label = lacking[family];
  return label === undefined ? [] : [{ labels: { lost: label }, value: 1 }];
}

function seen(promql: string, { several = [] }: FakePrometheus): readonly Sample[] {
  return several
    .filter((labels) => Object.keys(labels).every((label) => promql.includes(`group by (${label}) `)))
    .map((labels) => ({ labels, value: 1 }));
}
