import type { Gateway } from "../../../evaluator/model/observation.ts";
import type { Sample } from "../../../linkerd/counts.ts";
import { FAMILIES, familiesQuery, readFamilies } from "../../../linkerd/families.ts";
import { readGateways } from "../../../linkerd/gateways.ts";
import { leafOf, leavesByApex } from "../../../linkerd/leaf.ts";
import { PROXY_VERSIONS_QUERY, type ProxyVersion, readProxyVersions } from "../../../linkerd/proxyVersions.ts";
import { gatewayQuery, leafSeriesQuery } from "../../../linkerd/queries.ts";
import type { PrometheusClient, QueryAnswer } from "../../../observer/prometheus.ts";
import { measureScrapeInterval } from "../../../observer/scrapeInterval.ts";
import { type Route, serviceKey } from "../../../routes/route.ts";

/** What to ask about. */
export interface PrometheusSubjects {
  readonly routes: readonly Route[];
  /** Families and metrics that rules or routes need. */
  readonly names: readonly string[];
  readonly gateways: boolean;
}

export type Told<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export interface PrometheusFacts {
  /** Where it is a failure, nothing else was asked. */
  readonly reach: QueryAnswer;
  /** Series of each metric that has some. */
  readonly series: Told<ReadonlyMap<string, number>>;
  /** Backends that clients count requests to, as `NAMESPACE/SERVICE`. */
  readonly leaves: Told<ReadonlySet<string>>;
  /** Time between two scrapes of the proxies; null where it is not known. */
  readonly scrapeMs: number | null;
  /** By name of the cluster. */
  readonly gateways: Told<ReadonlyMap<string, Gateway>>;
  readonly proxies: Told<readonly ProxyVersion[]>;
}

const NOT_ASKED = { ok: false, why: "not asked" } as const;

/** Asks Prometheus what the controller would find there. Every question has the client's time limit; never throws. */
export async function readPrometheus(prometheus: PrometheusClient, subjects: PrometheusSubjects): Promise<PrometheusFacts> {
  const reach = await prometheus.query("vector(1)");
  if (!reach.ok) return { reach, series: NOT_ASKED, leaves: NOT_ASKED, scrapeMs: null, gateways: NOT_ASKED, proxies: NOT_ASKED };
  const ask = async <T>(promql: string, read: (samples: readonly Sample[]) => T): Promise<Told<T>> => {
    const answer = await prometheus.query(promql);
    return answer.ok ? { ok: true, value: read(answer.samples) } : answer;
  };
  const { routes, names } = subjects;
  const [series, leaves, gateways, proxies, scrapeMs] = await Promise.all([
    ask(familiesQuery([...FAMILIES.answered, ...names]), readFamilies),
    ask(leafSeriesQuery(namespacesOf(routes)), (samples) => readLeafNames(samples, routes)),
    subjects.gateways ? ask(gatewayQuery(), readGateways) : NOT_ASKED,
    ask(PROXY_VERSIONS_QUERY, readProxyVersions),
    measureScrapeInterval(prometheus),
  ]);
  return { reach, series, leaves, gateways, proxies, scrapeMs };
}

function readLeafNames(samples: readonly Sample[], routes: readonly Route[]): ReadonlySet<string> {
  const apexes = leavesByApex(routes);
  return new Set(samples.flatMap(({ labels }) => leafOf(labels, apexes) ?? []));
}

function namespacesOf(routes: readonly Route[]): readonly string[] {
  const services = routes.flatMap((route) =>
    [route.apex, ...route.splits.flatMap(({ backends }) => backends.map(({ backend }) => backend))].map((name) =>
      serviceKey(route.namespace, name),
    ),
  );
  return [...new Set(services.map((key) => key.slice(0, key.indexOf("/"))))];
}
