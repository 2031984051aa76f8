import type { Answer, Counts, RequestCounts } from "../evaluator/observation.ts";
import { type CountsRead, type LeavesByApex, leavesByApex, readApexes, readLeaves } from "../linkerd/counts.ts";
import { apexQuery, leafQuery } from "../linkerd/queries.ts";
import { type Route, serviceKey } from "../routes/route.ts";
import type { PrometheusClient, QueryAnswer } from "./prometheus.ts";

/** An answer older than this many intervals says nothing about now. */
const ANSWER_AGE_LIMIT_INTERVALS = 3;
/** Asked where no route is managed, so that it is known whether Prometheus is there. */
const PROBE_QUERY = "vector(1)";

/** Asks Prometheus, one query per metric family and window however many routes there are, and remembers the last answer. */
export class MetricsReader {
  readonly #prometheus: PrometheusClient;
  readonly #intervalMs: number;
  #held: { readonly metrics: ReadonlyMap<number, Answer<RequestCounts>>; readonly atMs: number } | null = null;

  constructor(prometheus: PrometheusClient, intervalMs: number) {
    this.#prometheus = prometheus;
    this.#intervalMs = intervalMs;
  }

  /** Asks for every window, side by side. `atMs` is when, for Prometheus; absent: now by its own clock. */
  async ask(
    routes: readonly Route[],
    windows: readonly number[],
    nowMs: number,
    atMs?: number,
  ): Promise<ReadonlyMap<number, Answer<RequestCounts>>> {
    const namespaces = namespacesOf(routes);
    const leaves = leavesByApex(routes);
    const distinct = [...new Set(windows)];
    const answers =
      namespaces.length === 0
        ? await this.#probe(distinct)
        : await Promise.all(distinct.map((windowMs) => this.#askWindow(namespaces, leaves, windowMs, atMs)));
    const metrics = new Map(distinct.map((windowMs, i) => [windowMs, answers[i] ?? failed("not asked")]));
    this.#held = { metrics, atMs: nowMs };
    return metrics;
  }

  /** The last answer, as far as it still says something. */
  last(windows: readonly number[], nowMs: number): ReadonlyMap<number, Answer<RequestCounts>> {
    const held = this.#held;
    if (held === null) return new Map(windows.map((windowMs) => [windowMs, failed("Prometheus was not asked yet")]));
    const ageMs = nowMs - held.atMs;
    if (ageMs > ANSWER_AGE_LIMIT_INTERVALS * this.#intervalMs) {
      return new Map(windows.map((windowMs) => [windowMs, failed(`the last answer is ${Math.round(ageMs / 1000)} s old`)]));
    }
    return new Map(windows.map((windowMs) => [windowMs, held.metrics.get(windowMs) ?? failed("this window was not asked for yet")]));
  }

  async #probe(windows: readonly number[]): Promise<readonly Answer<RequestCounts>[]> {
    const answer = await this.#prometheus.query(PROBE_QUERY);
    const nothing: ReadonlyMap<string, Counts> = new Map();
    return windows.map(() =>
      answer.ok ? { state: "answered", value: { leaves: nothing, apexes: nothing, routes: nothing } } : failed(answer.why),
    );
  }

  async #askWindow(
    namespaces: readonly string[],
    leaves: LeavesByApex,
    windowMs: number,
    atMs: number | undefined,
  ): Promise<Answer<RequestCounts>> {
    const [leafAnswer, apexAnswer] = await Promise.all([
      this.#prometheus.query(leafQuery(namespaces, windowMs), atMs),
      this.#prometheus.query(apexQuery(namespaces, windowMs), atMs),
    ]);
    const leafCounts = countsOf(leafAnswer, (samples) => readLeaves(samples, leaves));
    if (!leafCounts.ok) return failed(leafCounts.why);
    const apexCounts = countsOf(apexAnswer, readApexes);
    if (!apexCounts.ok) return failed(apexCounts.why);
    return { state: "answered", value: { leaves: leafCounts.counts, apexes: apexCounts.counts, routes: new Map() } };
  }
}

function countsOf(answer: QueryAnswer, read: (samples: Extract<QueryAnswer, { ok: true }>["samples"]) => CountsRead): CountsRead {
  return answer.ok ? read(answer.samples) : { ok: false, why: answer.why };
}

function failed(error: string): Answer<RequestCounts> {
  return { state: "failed", error };
}

/** Where the routes' apexes and backends live. */
function namespacesOf(routes: readonly Route[]): readonly string[] {
  const namespaces = new Set<string>();
  const add = (route: Route, service: string): void => {
    const key = serviceKey(route.namespace, service);
    namespaces.add(key.slice(0, key.indexOf("/")));
  };
  for (const route of routes) {
    add(route, route.apex);
    for (const split of route.splits) for (const { backend } of split.backends) add(route, backend);
  }
  return [...namespaces];
}
