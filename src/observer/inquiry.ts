import type { Answer, Counts, Gateway, RequestCounts } from "../evaluator/model/observation.ts";
import { type CountsRead, readApexes, readLeaves, type Sample } from "../linkerd/counts.ts";
import { readGateways } from "../linkerd/gateways.ts";
import { bucketFor, readLatency } from "../linkerd/latency.ts";
import { type LeavesByApex, leavesByApex } from "../linkerd/leaf.ts";
import { apexQuery, begunQuery, gatewayQuery, latencyQuery, leafQuery, routeQuery } from "../linkerd/queries.ts";
import { readRoutes } from "../linkerd/routeCounts.ts";
import { readBegun, unanswered } from "../linkerd/unanswered.ts";
import { type Route, serviceKey } from "../routes/route.ts";
import type { PrometheusClient, QueryAnswer } from "./prometheus.ts";

type CountsByName = ReadonlyMap<string, Counts>;

const NOTHING: CountsRead = { ok: true, counts: new Map() };

/** The queries of one tick about some routes. A query that two questions need is sent once. */
export class Inquiry {
  readonly #prometheus: PrometheusClient;
  readonly #atMs: number | undefined;
  readonly #asked = new Map<string, Promise<QueryAnswer>>();
  readonly #leavesByApex: LeavesByApex;
  /** Namespaces of the backends. */
  readonly #backends: readonly string[];
  /** Namespaces of the apexes of the TrafficSplits. */
  readonly #apexes: readonly string[];
  /** Namespaces of the HTTPRoutes and GRPCRoutes, whose clients count by route. */
  readonly #routes: readonly string[];

  constructor(prometheus: PrometheusClient, routes: readonly Route[], atMs: number | undefined) {
    this.#prometheus = prometheus;
    this.#atMs = atMs;
    this.#leavesByApex = leavesByApex(routes);
    const splits = routes.filter(({ kind }) => kind === "TrafficSplit");
    this.#backends = distinct(routes.flatMap((route) => [namespaceOf(route, route.apex), ...backendNamespaces(route)]));
    this.#apexes = distinct(splits.map((route) => namespaceOf(route, route.apex)));
    this.#routes = distinct(routes.filter(({ kind }) => kind !== "TrafficSplit").map(({ namespace }) => namespace));
  }

  /** Clients may use a TrafficSplit or an HTTPRoute, so every metric family that may count a failure is queried. */
  async requests(windowMs: number): Promise<Answer<RequestCounts>> {
    const [leaves, apexes, routes] = await Promise.all([
      this.#leaves(windowMs),
      this.#apexes.length === 0 ? NOTHING : this.#counts(apexQuery(this.#apexes, windowMs), readApexes),
      this.#routes.length === 0 ? NOTHING : this.#counts(routeQuery(this.#routes, windowMs), readRoutes),
    ]);
    if (!leaves.ok) return failed(leaves.why);
    if (!apexes.ok) return failed(apexes.why);
    if (!routes.ok) return failed(routes.why);
    return { state: "answered", value: { leaves: leaves.counts, apexes: apexes.counts, routes: routes.counts } };
  }

  /** One answer per bound, all from one query. */
  async latency(windowMs: number, boundsMs: readonly number[]): Promise<readonly Answer<CountsByName>[]> {
    const query = latencyQuery(this.#backends, windowMs, boundsMs.map(bucketFor));
    const answer = await this.#ask(query);
    return boundsMs.map((underMs) => answerOf(readAnswer(answer, (samples) => readLatency(samples, this.#leavesByApex, underMs))));
  }

  async unanswered(windowMs: number): Promise<Answer<CountsByName>> {
    const [begun, answered] = await Promise.all([
      this.#counts(begunQuery(this.#backends, windowMs), (samples) => readBegun(samples, this.#leavesByApex)),
      this.#leaves(windowMs),
    ]);
    if (!begun.ok) return failed(begun.why);
    if (!answered.ok) return failed(answered.why);
    return { state: "answered", value: unanswered(begun.counts, answered.counts) };
  }

  async gateways(): Promise<Answer<ReadonlyMap<string, Gateway>>> {
    const answer = await this.#ask(gatewayQuery());
    if (!answer.ok) return failed(answer.why);
    return answer.partial === null ? { state: "answered", value: readGateways(answer.samples) } : failed(partially(answer.partial));
  }

  #leaves(windowMs: number): Promise<CountsRead> {
    return this.#counts(leafQuery(this.#backends, windowMs), (samples) => readLeaves(samples, this.#leavesByApex));
  }

  async #counts(query: string, read: (samples: readonly Sample[]) => CountsRead): Promise<CountsRead> {
    return readAnswer(await this.#ask(query), read);
  }

  #ask(query: string): Promise<QueryAnswer> {
    const asked = this.#asked.get(query) ?? this.#prometheus.query(query, this.#atMs);
    this.#asked.set(query, asked);
    return asked;
  }
}

function readAnswer(answer: QueryAnswer, read: (samples: readonly Sample[]) => CountsRead): CountsRead {
  if (!answer.ok) return { ok: false, why: answer.why };
  // What a partial answer lacks is unknown, so none of it is evidence.
  return answer.partial === null ? read(answer.samples) : { ok: false, why: partially(answer.partial) };
}

function partially(words: string): string {
  return `the answer is partial: ${words}`;
}

function answerOf(read: CountsRead): Answer<CountsByName> {
  return read.ok ? { state: "answered", value: read.counts } : failed(read.why);
}

function failed(error: string): Answer<never> {
  return { state: "failed", error };
}

function backendNamespaces(route: Route): readonly string[] {
  return route.splits.flatMap(({ backends }) => backends.map(({ backend }) => namespaceOf(route, backend)));
}

function namespaceOf(route: Route, service: string): string {
  const key = serviceKey(route.namespace, service);
  return key.slice(0, key.indexOf("/"));
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
