import type { Answer, Counts, Gateway, RequestCounts, RequestFamily } from "../evaluator/model/observation.ts";
import { sumCounts } from "../evaluator/model/sumRequests.ts";
import { type CountsRead, type Read, readApexesInSlices, readLeavesInSlices, type Sample } from "../linkerd/counts.ts";
import { readGateways } from "../linkerd/gateways.ts";
import type { CounterQuery } from "../linkerd/increase.ts";
import { bucketFor, readLatency, withoutDropped } from "../linkerd/latency.ts";
import {
  ANSWERED_QUERY,
  apexQuery,
  backendQuery,
  begunQuery,
  bucketSeriesQuery,
  gatewayQuery,
  grpcLeafQuery,
  latencyQuery,
  leafQuery,
  type RouteProtocol,
  routeQuery,
  sentQuery,
  shedQuery,
} from "../linkerd/queries.ts";
import { readBackendsInSlices, readRoutesInSlices, readSent } from "../linkerd/routeCounts.ts";
import { ITEMS_OF_SLICE, type Slices } from "../linkerd/slices.ts";
import { readTotals, seemsHung, unanswered } from "../linkerd/unanswered.ts";
import type { Route } from "../routes/route.ts";
import { askCounters } from "./askCounters.ts";
import type { AskedRoutes } from "./askedRoutes.ts";
import { concernedBy } from "./concernedBy.ts";
import { inSlices } from "./inSlices.ts";
import type { Kept } from "./kept.ts";
import { backendNamespaces, distinctNamespaces, namespaceOf } from "./namespaces.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { QueryAnswer } from "./queryAnswer.ts";

type CountsByName = ReadonlyMap<string, Counts>;
type BackendsByRoute = ReadonlyMap<string, CountsByName>;

const NO_COUNTS: CountsByName = new Map();
const NO_ROUTES: { readonly routes: CountsByName; readonly backends: BackendsByRoute } = { routes: new Map(), backends: new Map() };

/** The answers to questions that no managed route needs. */
const NOTHING: Read<ReadonlyMap<string, never>> = { ok: true, value: new Map<string, never>() };
const NONE_BY_ROUTE: Read<typeof NO_ROUTES> = { ok: true, value: NO_ROUTES };

/** The queries of one tick about some routes. A query that two questions need is sent once; a family that fails costs only its own readings. */
export class Inquiry {
  readonly #send: (query: string | CounterQuery) => Promise<QueryAnswer>;
  readonly #kept: Kept;
  readonly #routes: AskedRoutes;
  readonly #asked = new Map<string, Promise<QueryAnswer>>();

  constructor(prometheus: PrometheusClient, routes: AskedRoutes, kept: Kept, atMs: number | undefined) {
    this.#send = askCounters((...asked) => prometheus.query(...asked), atMs);
    this.#kept = kept;
    this.#routes = routes;
  }

  /**
   * Clients may use a TrafficSplit, an HTTPRoute or a GRPCRoute: every family that a managed kind of route needs is queried. A
   * family without an answer costs only the readings that need it.
   */
  async requests(windowMs: number): Promise<Answer<RequestCounts>> {
    const { routes: splits, namespaces: ofSplitServices } = this.#routes.splits;
    const { routes: https, namespaces: ofHttpServices } = this.#routes.https;
    const { routes: grpcs } = this.#routes.grpcs;
    const apexes = distinctNamespaces(splits, (route) => [namespaceOf(route, route.apex)]);
    const failed = new Map<RequestFamily, string>();
    const take = <T>(family: RequestFamily, read: Read<T>, none: T): T => {
      if (!read.ok) failed.set(family, read.why);
      return read.ok ? read.value : none;
    };
    const [http, grpc, grpcLeaves, ofSplits, ofApexes, sent] = await Promise.all([
      this.#byRoute("http", https, windowMs),
      this.#byRoute("grpc", grpcs, windowMs),
      https.length === 0 ? NOTHING : this.#counts(grpcLeafQuery(this.#scope(ofHttpServices, windowMs)), this.#readLeaves),
      splits.length === 0 ? NOTHING : this.#leaves(ofSplitServices, windowMs),
      splits.length === 0 ? NOTHING : this.#counts(apexQuery(this.#scope(apexes, windowMs)), readApexesInSlices),
      splits.length === 0 ? NOTHING : this.#read(sentQuery(this.#scope(apexes, windowMs)), readSent),
    ]);
    const byHttp = take("httpRoutes", http, NO_ROUTES);
    const byGrpc = take("grpcRoutes", grpc, NO_ROUTES);
    const backends = joined([byHttp.backends, byGrpc.backends]);
    // Without an answer by route a route cannot be judged, so its leaves are not asked for.
    const uncounted = await inSlices(without(backends, [...(http.ok ? https : []), ...(grpc.ok ? grpcs : [])]));
    const [others, httpTotals, grpcTotals] = await this.#byLeaf(uncounted, windowMs);
    const leaves = joined([take("leaves", ofSplits, NO_COUNTS), take("leaves", others, NO_COUNTS)]);
    const totals = [take("httpRoutes", httpTotals, NO_COUNTS), take("grpcRoutes", grpcTotals, NO_COUNTS)];
    const value: RequestCounts = {
      leaves,
      apexes: take("apexes", ofApexes, NO_COUNTS),
      routes: joined([byHttp.routes, byGrpc.routes, ...totals]),
      backends,
      // What was sent only sharpens the counts of the leaves, so it may be absent.
      ...(sent.ok && sent.value.size > 0 ? { sent: sent.value } : {}),
      grpcLeaves: take("grpcLeaves", grpcLeaves, NO_COUNTS),
      failed,
    };
    const [why] = failed.values();
    const isAllFailed = [http, grpc, grpcLeaves, ofSplits, ofApexes, others].every(
      (read) => !read.ok || read === NOTHING || read === NONE_BY_ROUTE,
    );
    return why !== undefined && isAllFailed ? failure(why) : { state: "answered", value };
  }

  /** One answer per bound, all from one query. */
  async latency(windowMs: number, boundsMs: readonly number[]): Promise<readonly Answer<CountsByName>[]> {
    const scope = this.#scope(this.#routes.all.namespaces, windowMs);
    const bucketsMs = boundsMs.map(bucketFor);
    const [counted, series] = await Promise.all([
      this.#ask(latencyQuery(scope, bucketsMs)),
      this.#ask(bucketSeriesQuery(scope, bucketsMs)),
    ]);
    const read = (underMs: number): Read<CountsByName> => {
      const counts = wholeAnswer(counted, (samples) => countsOf(readLatency(samples, this.#routes.leafNames, underMs)));
      if (!counts.ok || !series.ok) return series.ok ? counts : { ok: false, why: series.why };
      return { ok: true, value: withoutDropped(counts.value, series.samples, this.#routes.leafNames, underMs) };
    };
    return boundsMs.map((underMs) => answerOf(read(underMs)));
  }

  async unanswered(windowMs: number): Promise<Answer<CountsByName>> {
    const scope = this.#scope(this.#routes.all.namespaces, windowMs);
    const totals = (samples: readonly Sample[]) => readTotals(samples, this.#routes.leafNames);
    const [begun, answered] = await Promise.all([this.#counts(begunQuery(scope), totals), this.#counts(leafQuery(scope), totals)]);
    if (!begun.ok) return failure(begun.why);
    if (!answered.ok) return failure(answered.why);
    const counts = unanswered(begun.value, answered.value);
    // Where answers are not kept, or no longer, every request seems to have none.
    const kept = seemsHung(counts) ? await this.#ask(ANSWERED_QUERY) : null;
    if (kept !== null && !kept.ok) return failure(kept.why);
    return { state: "answered", value: kept?.samples.length === 0 ? NO_COUNTS : counts };
  }

  async gateways(): Promise<Answer<ReadonlyMap<string, Gateway>>> {
    return answerOf(wholeAnswer(await this.#ask(gatewayQuery()), (samples) => ({ ok: true, value: readGateways(samples) })));
  }

  /** What the clients of these routes count by route and backend, and by route with what reached no backend. */
  async #byRoute(protocol: RouteProtocol, routes: readonly Route[], windowMs: number): Promise<Read<typeof NO_ROUTES>> {
    if (routes.length === 0) return NONE_BY_ROUTE;
    const scope = this.#scope(namespacesOf(routes), windowMs);
    const [backends, shed] = await Promise.all([
      this.#read(backendQuery(protocol, scope), readBackendsInSlices),
      this.#counts(shedQuery(protocol, scope), readRoutesInSlices),
    ]);
    if (!backends.ok) return backends;
    if (!shed.ok) return shed;
    return {
      ok: true,
      value: { ...backends.value, routes: shed.value.size === 0 ? backends.value.routes : sumCounts([backends.value.routes, shed.value]) },
    };
  }

  /** The leaves of routes whose clients do not count by route and backend, and all that these count by route. */
  #byLeaf(routes: readonly Route[], windowMs: number): Promise<readonly [Read<CountsByName>, Read<CountsByName>, Read<CountsByName>]> {
    const concerned = concernedBy(routes);
    const totals = async (protocol: RouteProtocol, own: readonly Route[]): Promise<Read<CountsByName>> => {
      if (own.length === 0) return NOTHING;
      const read = await this.#counts(routeQuery(protocol, { ...this.#scope(namespacesOf(own), windowMs), concerned }), readRoutesInSlices);
      const keys = new Set(own.map(({ key }) => key));
      return read.ok ? { ok: true, value: new Map([...read.value].filter(([key]) => keys.has(key))) } : read;
    };
    const leaves = leafQuery({ ...this.#scope(backendNamespaces(routes), windowMs), concerned });
    const [grpcs, https] = [routes.filter(isGrpc), routes.filter((route) => !isGrpc(route))];
    return Promise.all([
      routes.length === 0 ? NOTHING : this.#counts(leaves, this.#readLeaves),
      totals("http", https),
      totals("grpc", grpcs),
    ]);
  }

  #scope(namespaces: readonly string[], windowMs: number) {
    return { namespaces, windowMs, ...this.#kept };
  }

  #leaves(namespaces: readonly string[], windowMs: number): Promise<Read<CountsByName>> {
    return this.#counts(leafQuery(this.#scope(namespaces, windowMs)), this.#readLeaves);
  }

  readonly #readLeaves = (samples: readonly Sample[]) => readLeavesInSlices(samples, this.#routes.leafNames);

  #counts(query: string | CounterQuery, read: (samples: readonly Sample[]) => Slices<CountsRead>): Promise<Read<CountsByName>> {
    return this.#read(query, function* (samples) {
      return countsOf(yield* read(samples));
    });
  }

  /** Reads an answer in slices: that of 10 000 routes has as many samples as take a tenth of a second. */
  async #read<T>(query: string | CounterQuery, read: (samples: readonly Sample[]) => Slices<Read<T>>): Promise<Read<T>> {
    const given = wholeAnswer(await this.#ask(query), (samples) => ({ ok: true, value: samples }));
    return given.ok ? inSlices(read(given.value)) : given;
  }

  #ask(query: string | CounterQuery): Promise<QueryAnswer> {
    const promql = typeof query === "string" ? query : query.promql;
    const asked = this.#asked.get(promql) ?? this.#send(query);
    this.#asked.set(promql, asked);
    // All that share it have asked before it is there. A large answer must not stay until the others have come.
    void asked.then(() => this.#asked.delete(promql));
    return asked;
  }
}

/** The routes of which these counts say nothing. */
function* without(counts: BackendsByRoute, routes: readonly Route[]): Slices<readonly Route[]> {
  const others: Route[] = [];
  let read = 0;
  for (const route of routes) {
    if (!counts.has(route.key)) others.push(route);
    read += 1;
    if (read % ITEMS_OF_SLICE === 0) yield;
  }
  return others;
}

function isGrpc({ kind }: Route): boolean {
  return kind === "GRPCRoute";
}

function namespacesOf(routes: readonly Route[]): readonly string[] {
  return distinctNamespaces(routes, ({ namespace }) => [namespace]);
}

function wholeAnswer<T>(answer: QueryAnswer, read: (samples: readonly Sample[]) => Read<T>): Read<T> {
  if (!answer.ok) return { ok: false, why: answer.why };
  // What a partial answer lacks is unknown, so none of it is evidence.
  return answer.partial === null ? read(answer.samples) : { ok: false, why: `the answer is partial: ${answer.partial}` };
}

/** All entries; of two with the same key the later one. With 10 000 entries a copy takes milliseconds, and mostly one map has them all. */
function joined<V>(maps: readonly ReadonlyMap<string, V>[]): ReadonlyMap<string, V> {
  const filled = maps.filter(({ size }) => size > 0);
  return filled.length > 1 ? new Map(filled.flatMap((map) => [...map])) : (filled[0] ?? new Map());
}

function countsOf(read: CountsRead): Read<CountsByName> {
  return read.ok ? { ok: true, value: read.counts } : read;
}

function answerOf<T>(read: Read<T>): Answer<T> {
  return read.ok ? { state: "answered", value: read.value } : failure(read.why);
}

function failure(error: string): Answer<never> {
  return { state: "failed", error };
}
