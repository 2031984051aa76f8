import { type Answer, type Counts, latencyKey, type Metrics, type RequestCounts } from "../evaluator/model/observation.ts";
import { NO_SUSPECTS, type Suspects } from "../evaluator/model/suspects.ts";
import type { Route } from "../routes/route.ts";
import type { Questions } from "../rules/questions.ts";
import { askAll, NO_GATEWAYS } from "./askAll.ts";
import { asksCounts } from "./asksCounts.ts";
import { backendQueries } from "./backendQueries.ts";
import { ClientReader } from "./clientReader.ts";
import { KeptReader, NOTHING_KNOWN } from "./kept.ts";
import { OwnQueries } from "./ownQueries.ts";
import type { PrometheusClient } from "./prometheus.ts";

/** An answer that is older than this many intervals is stale. */
const ANSWER_AGE_LIMIT_INTERVALS = 3;
/** Sent when no route is managed, to find out whether Prometheus answers. */
const PROBE_QUERY = "vector(1)";

/** The objects that the queries are about. */
export interface Subjects {
  readonly routes: readonly Route[];
  /** By `NAMESPACE/SERVICE`: the cluster of each Service that mirrors a remote Service through a gateway. */
  readonly clusters: ReadonlyMap<string, string>;
  /** The same for each Service that mirrors a remote Service, with or without a gateway. */
  readonly linked: ReadonlyMap<string, string>;
  /** Each Service that stands for one of another cluster without a gateway; absent: none. */
  readonly elsewhere?: ReadonlySet<string>;
  /** The routes about whose clients is asked; absent: none. */
  readonly suspects?: Suspects;
}

type Counted = ReadonlyMap<string, Counts>;

/** Queries Prometheus and keeps the last answers. It sends one query per metric family and window for all routes together. */
export class MetricsReader {
  readonly #prometheus: PrometheusClient;
  readonly #ageLimitMs: number;
  readonly #own: OwnQueries;
  readonly #kept: KeptReader;
  readonly #clients: ClientReader;
  #held: { readonly metrics: Metrics; readonly atMs: number } | null = null;

  constructor(prometheus: PrometheusClient, intervalMs: number) {
    this.#prometheus = prometheus;
    this.#ageLimitMs = ANSWER_AGE_LIMIT_INTERVALS * intervalMs;
    this.#own = new OwnQueries(prometheus, this.#ageLimitMs);
    this.#kept = new KeptReader(prometheus);
    this.#clients = new ClientReader(prometheus, intervalMs);
  }

  /** Sends all queries in parallel. `atMs` is the time to query; absent: now by the clock of Prometheus. */
  async ask(
    { routes, clusters, linked, elsewhere, suspects = NO_SUSPECTS }: Subjects,
    questions: Questions,
    nowMs: number,
    atMs?: number,
  ): Promise<Metrics> {
    this.#own.send(
      backendQueries(routes, linked, (route) => questions.queries(route)),
      nowMs,
      atMs,
    );
    this.#clients.send(routes, suspects, () => this.#kept.read(nowMs, atMs), nowMs, atMs);
    // Without a Service that is mirrored through a gateway, the gateway query is not needed.
    const gateway = questions.gateway && clusters.size > 0;
    const metrics = await this.#askCounts(routes, { ...questions, gateway }, nowMs, atMs, elsewhere);
    this.#held = { metrics, atMs: nowMs };
    await this.#clients.settled();
    return { ...metrics, queries: this.#own.answers(nowMs), ...this.#clients.answers(nowMs) };
  }

  /** The last answers; those that are stale or do not exist yet are `failed`. */
  last(questions: Questions, nowMs: number): Metrics {
    const queries = this.#own.answers(nowMs);
    if (this.#held === null) return { ...allFailed(questions, "Prometheus has not been queried yet"), queries };
    const ageMs = nowMs - this.#held.atMs;
    if (ageMs > this.#ageLimitMs) return { ...allFailed(questions, `the last answer is ${Math.round(ageMs / 1000)} s old`), queries };
    const held = this.#held.metrics;
    const none = allFailed(questions, "not queried yet");
    return {
      requests: overlay(none.requests, held.requests),
      latency: overlay(none.latency, held.latency),
      unanswered: overlay(none.unanswered, held.unanswered),
      gateways: held.gateways,
      queries,
      ...this.#clients.answers(nowMs),
    };
  }

  /** Sends no more operators' queries. */
  stop(): void {
    this.#own.stop();
  }

  async #askCounts(
    routes: readonly Route[],
    questions: Questions,
    nowMs: number,
    atMs: number | undefined,
    elsewhere: ReadonlySet<string> | undefined,
  ): Promise<Metrics> {
    if (!asksCounts(questions) && !questions.gateway) return nothingSeen(questions);
    if (routes.length === 0) return this.#probe(questions);
    const kept = asksCounts(questions) ? await this.#kept.read(nowMs, atMs) : NOTHING_KNOWN;
    return askAll(this.#prometheus, routes, questions, kept, atMs, elsewhere);
  }

  async #probe(questions: Questions): Promise<Metrics> {
    const answer = await this.#prometheus.query(PROBE_QUERY);
    return answer.ok ? nothingSeen(questions) : allFailed(questions, answer.why);
  }
}

function allFailed(questions: Questions, error: string): Metrics {
  const failed: Answer<never> = { state: "failed", error };
  return everywhere(questions, failed, failed, questions.gateway ? failed : NO_GATEWAYS);
}

function nothingSeen(questions: Questions): Metrics {
  const nothing: Counted = new Map();
  const requests = { leaves: nothing, apexes: nothing, routes: nothing };
  return everywhere(questions, { state: "answered", value: requests }, { state: "answered", value: nothing }, NO_GATEWAYS);
}

function everywhere(
  questions: Questions,
  requests: Answer<RequestCounts>,
  counts: Answer<Counted>,
  gateways: Metrics["gateways"],
): Metrics {
  return {
    requests: new Map(questions.requests.map((windowMs) => [windowMs, requests])),
    latency: new Map(questions.latency.map(({ underMs, windowMs }) => [latencyKey(underMs, windowMs), counts])),
    unanswered: new Map(questions.unanswered.map((windowMs) => [windowMs, counts])),
    gateways,
    queries: new Map(),
  };
}

/** The entries of `below`, with the values of `above` for the keys that it has. */
function overlay<K, T>(below: ReadonlyMap<K, T>, above: ReadonlyMap<K, T>): ReadonlyMap<K, T> {
  return new Map([...below].map(([key, value]) => [key, above.get(key) ?? value]));
}
