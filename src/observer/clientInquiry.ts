import type { Answer, ClientCounts, RequestCounts } from "../evaluator/model/observation.ts";
import { sumRequests } from "../evaluator/model/sumRequests.ts";
import { type ByClient, nameOf, readByClient, readClientNames } from "../linkerd/clientCounts.ts";
import { type CountsRead, type Read, readApexes, readLeaves, type Sample } from "../linkerd/counts.ts";
import type { CounterQuery } from "../linkerd/increase.ts";
import { leafNames } from "../linkerd/leaf.ts";
import {
  apexQuery,
  backendQuery,
  clientNamesQuery,
  grpcLeafQuery,
  leafQuery,
  type QueryScope,
  type RouteProtocol,
  routeQuery,
} from "../linkerd/queries.ts";
import { readBackends, readRoutes } from "../linkerd/routeCounts.ts";
import type { Route } from "../routes/route.ts";
import { askCounters } from "./askCounters.ts";
import { concernedBy } from "./concernedBy.ts";
import type { Kept } from "./kept.ts";
import { backendNamespaces, distinctNamespaces, namespaceOf } from "./namespaces.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { QueryAnswer } from "./queryAnswer.ts";

const NOTHING: RequestCounts = { leaves: new Map(), apexes: new Map(), routes: new Map() };

/** What the queries about some routes share. */
interface Asked {
  readonly ask: (query: string | CounterQuery) => Promise<QueryAnswer>;
  readonly scopeOf: (namespaces: readonly string[]) => QueryScope;
  readonly readLeaves: (samples: readonly Sample[]) => CountsRead;
}

/** What one family says of each client. */
type Part = Promise<Read<ByClient<RequestCounts>>>;

/**
 * Asks what each client of these routes counted, by the families of their success rate. One family without an answer fails
 * them all: what it lacks may be the failures of the others. These queries never wait for the turns of those of a tick.
 */
export async function askClients(
  prometheus: PrometheusClient,
  routes: readonly Route[],
  windowMs: number,
  kept: Kept,
  atMs: number | undefined,
): Promise<Answer<ClientCounts>> {
  const names = leafNames(routes);
  const concerned = concernedBy(routes);
  const asked: Asked = {
    ask: askCounters((...asked) => prometheus.queryAside(...asked), atMs),
    scopeOf: (namespaces) => ({ namespaces, windowMs, ...kept, concerned, byClient: true }),
    readLeaves: (samples) => readLeaves(samples, names),
  };
  const namesQuery = clientNamesQuery({ namespaces: backendNamespaces(routes), leavesBy: kept.leavesBy, concerned });
  const [named, ...parts] = await Promise.all([asked.ask(namesQuery), ...partsOf(routes, asked)]);
  const byClient = new Map<string, RequestCounts[]>();
  // Without names of their namespaces clients have those of their pods.
  const known = named.ok ? readClientNames(named.samples) : new Map<string, string>();
  for (const part of parts) {
    if (!part.ok) return { state: "failed", error: part.why };
    for (const [client, counts] of part.value) {
      const name = known.get(client) ?? nameOf(client);
      byClient.set(name, [...(byClient.get(name) ?? []), counts]);
    }
  }
  return { state: "answered", value: { windowMs, byClient: new Map([...byClient].map(([name, all]) => [name, sumRequests(all)])) } };
}

function partsOf(routes: readonly Route[], asked: Asked): readonly Part[] {
  const { scopeOf, readLeaves } = asked;
  const splits = routes.filter(({ kind }) => kind === "TrafficSplit");
  const https = routes.filter(({ kind }) => kind !== "TrafficSplit" && kind !== "GRPCRoute");
  const grpcs = routes.filter(({ kind }) => kind === "GRPCRoute");
  const apexes = distinctNamespaces(splits, (route) => [namespaceOf(route, route.apex)]);
  const parts = [...byRoute("http", https, asked), ...byRoute("grpc", grpcs, asked)];
  parts.push(part(asked, leafQuery(scopeOf(backendNamespaces(routes))), countsBy(readLeaves, "leaves")));
  if (https.length > 0) parts.push(part(asked, grpcLeafQuery(scopeOf(backendNamespaces(https))), countsBy(readLeaves, "grpcLeaves")));
  if (splits.length > 0) parts.push(part(asked, apexQuery(scopeOf(apexes)), countsBy(readApexes, "apexes")));
  return parts;
}

/** What the clients of these routes count by route, and by route and backend. */
function byRoute(protocol: RouteProtocol, routes: readonly Route[], asked: Asked): readonly Part[] {
  if (routes.length === 0) return [];
  const scope = asked.scopeOf(distinctNamespaces(routes, ({ namespace }) => [namespace]));
  const readOwn = (samples: readonly Sample[]): Read<RequestCounts> => {
    const read = readBackends(samples);
    return read.ok ? { ok: true, value: { ...NOTHING, backends: read.value.backends } } : read;
  };
  return [part(asked, routeQuery(protocol, scope), countsBy(readRoutes, "routes")), part(asked, backendQuery(protocol, scope), readOwn)];
}

async function part({ ask }: Asked, query: string | CounterQuery, read: (samples: readonly Sample[]) => Read<RequestCounts>): Part {
  const answer = await ask(query);
  if (!answer.ok) return { ok: false, why: answer.why };
  // What a partial answer lacks may be the failures of the others.
  return answer.partial === null ? readByClient(answer.samples, read) : { ok: false, why: `the answer is partial: ${answer.partial}` };
}

function countsBy(
  read: (samples: readonly Sample[]) => CountsRead,
  family: "leaves" | "apexes" | "routes" | "grpcLeaves",
): (samples: readonly Sample[]) => Read<RequestCounts> {
  return (samples) => {
    const counted = read(samples);
    return counted.ok ? { ok: true, value: { ...NOTHING, [family]: counted.counts } } : counted;
  };
}
