import { type Answer, type Counts, latencyKey, type Metrics, type RequestCounts } from "../evaluator/model/observation.ts";
import type { Route } from "../routes/route.ts";
import type { Questions } from "../rules/questions.ts";
import { askAll, NO_GATEWAYS } from "./askAll.ts";
import { backendQueries } from "./backendQueries.ts";

import { OwnQueries } from "./ownQueries.ts";
import type { PrometheusClient } from "./prometheus.ts";

/** An answer older than this many intervals says nothing about now. */
const ANSWER_AGE_LIMIT_INTERVALS = 3;
/** Asked where no route is managed, so that it is known whether Prometheus is there. */
const PROBE_QUERY = "vector(1)";

/** What the questions are about. */
export interface Subjects {
  readonly routes: readonly Route[];
  /** Of each Service that mirrors another cluster's through its gateway: that cluster. By `NAMESPACE/SERVICE`. */
  readonly clusters: ReadonlyMap<string, string>;
  /** The same of each Service that mirrors another cluster's, whichever way. */
  readonly linked: ReadonlyMap<string, string>;
}

type Counted = ReadonlyMap<string, Counts>;

/** Asks Prometheus, one query per metric family and window however many routes there are, and remembers the last answers. */
export class MetricsReader {
  readonly #prometheus: PrometheusClient;
  readonly #ageLimitMs: number;
  readonly #own: OwnQueries;
  #held: { readonly metrics: Metrics; readonly atMs: number } | null = null;

  constructor(prometheus: PrometheusClient, intervalMs: number) {
    this.#prometheus = prometheus;
    this.#ageLimitMs = ANSWER_AGE_LIMIT_INTERVALS * intervalMs;
    this.#own = new OwnQueries(prometheus, this.#ageLimitMs);
  }

  /** Asks every question, side by side. `atMs` is when, for Prometheus; absent: now by its own clock. */
  async ask({ routes, clusters, linked }: Subjects, questions: Questions, nowMs: number, atMs?: number): Promise<Metrics> {
    this.#own.send(
      backendQueries(routes, linked, (route) => questions.queries(route)),
      nowMs,
      atMs,
    );
    // Where nothing is mirrored through a gateway, none has to be asked for.
    const gateway = questions.gateway && clusters.size > 0;
    const metrics =
      routes.length === 0 ? await this.#probe(questions) : await askAll(this.#prometheus, routes, { ...questions, gateway }, atMs);
    this.#held = { metrics, atMs: nowMs };
    return { ...metrics, queries: this.#own.answers(nowMs) };
  }

  /** The last answers, as far as they still say something. */
  last(questions: Questions, nowMs: number): Metrics {
    const queries = this.#own.answers(nowMs);
    if (this.#held === null) return { ...allFailed(questions, "Prometheus was not asked yet"), queries };
    const ageMs = nowMs - this.#held.atMs;
    if (ageMs > this.#ageLimitMs) return { ...allFailed(questions, `the last answer is ${Math.round(ageMs / 1000)} s old`), queries };
    const held = this.#held.metrics;
    const none = allFailed(questions, "this was not asked for yet");
    return {
      requests: overlay(none.requests, held.requests),
      latency: overlay(none.latency, held.latency),
      unanswered: overlay(none.unanswered, held.unanswered),
      gateways: held.gateways,
      queries,
    };
  }

  /** Sends no more of the operators' own queries. */
  stop(): void {
    this.#own.stop();
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

/** All of the first, those of the second where it has them. */
function overlay<K, T>(below: ReadonlyMap<K, T>, above: ReadonlyMap<K, T>): ReadonlyMap<K, T> {
  return new Map([...below].map(([key, value]) => [key, above.get(key) ?? value]));
}
