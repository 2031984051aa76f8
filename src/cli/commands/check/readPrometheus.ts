import type { Gateway } from "../../../evaluator/model/observation.ts";
import type { Sample } from "../../../linkerd/counts.ts";
import { FAMILIES, familiesQuery, readFamilies } from "../../../linkerd/families.ts";
import { readGateways } from "../../../linkerd/gateways.ts";
import { leafNames, leafOf } from "../../../linkerd/leaf.ts";
import { PROXY_VERSIONS_QUERY, type ProxyVersion, readProxyVersions } from "../../../linkerd/proxyVersions.ts";
import { gatewayQuery, leafSeriesQuery } from "../../../linkerd/queries.ts";
import { findLosses, type Losses } from "../../../observer/findLosses.ts";
import { keptAt, NOTHING_KNOWN } from "../../../observer/kept.ts";
import type { PrometheusClient } from "../../../observer/prometheus.ts";
import type { QueryAnswer } from "../../../observer/queryAnswer.ts";
import { measureScrapeInterval } from "../../../observer/scrapeInterval.ts";
import type { Route } from "../../../routes/route.ts";
import type { RuleSet } from "../../../rules/ruleSet.ts";

import { needsOf } from "./wantedFamilies.ts";

/** What to query. */
export interface PrometheusSubjects {
  readonly routes: readonly Route[];
  /** Metric families that the rules or routes need. */
  readonly names: readonly string[];
  readonly gateways: boolean;
  readonly rules: RuleSet;
}

export type QueryResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export interface PrometheusFacts {
  /** The answer to a test query. If it failed, nothing else was queried. */
  readonly reach: QueryAnswer;
  /** How many series each metric has; metrics without series are absent. */
  readonly series: QueryResult<ReadonlyMap<string, number>>;
  /** Backends to which clients' proxies count requests, as `NAMESPACE/SERVICE`. */
  readonly leaves: QueryResult<ReadonlySet<string>>;
  /** The scrape interval of the proxies in ms; null: not known yet. */
  readonly scrapeMs: number | null;
  /** By name of the cluster. */
  readonly gateways: QueryResult<ReadonlyMap<string, Gateway>>;
  readonly proxies: QueryResult<readonly ProxyVersion[]>;
  /** What the series lack, except whole families. */
  readonly losses: Losses;
}

const NOT_QUERIED = { ok: false, why: "not queried" } as const;
const NOTHING_QUERIED = {
  ...{ series: NOT_QUERIED, leaves: NOT_QUERIED, scrapeMs: null, gateways: NOT_QUERIED, proxies: NOT_QUERIED },
  losses: { losses: [], complete: false },
};

/** Reads from Prometheus what the controller would read. Each query has the client's time limit; never throws. */
export async function readPrometheus(prometheus: PrometheusClient, subjects: PrometheusSubjects): Promise<PrometheusFacts> {
  const reach = await prometheus.query("vector(1)");
  if (!reach.ok) return { ...NOTHING_QUERIED, reach };
  const ask = async <T>(promql: string, read: (samples: readonly Sample[]) => T): Promise<QueryResult<T>> => {
    const answer = await prometheus.query(promql);
    return answer.ok ? { ok: true, value: read(answer.samples) } : answer;
  };
  const { routes, names } = subjects;
  const { leavesBy } = (await keptAt(prometheus, undefined)) ?? NOTHING_KNOWN;
  const { needs, namespaces } = needsOf(routes, subjects.rules);
  const [series, leaves, gateways, proxies, scrapeMs, losses] = await Promise.all([
    ask(familiesQuery([...FAMILIES.answered, ...names]), readFamilies),
    ask(leafSeriesQuery({ namespaces, leavesBy }), (samples) => readLeafNames(samples, routes)),
    subjects.gateways ? ask(gatewayQuery(), readGateways) : NOT_QUERIED,
    ask(PROXY_VERSIONS_QUERY, readProxyVersions),
    measureScrapeInterval(prometheus),
    findLosses(prometheus, { ...needs, families: [] }, namespaces),
  ]);
  return { reach, series, leaves, gateways, proxies, scrapeMs, losses };
}

function readLeafNames(samples: readonly Sample[], routes: readonly Route[]): ReadonlySet<string> {
  const names = leafNames(routes);
  return new Set(samples.flatMap(({ labels }) => leafOf(labels, names) ?? []));
}
