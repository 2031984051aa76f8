import { type Route, routeKey } from "../routes/route.ts";

/** Default limit of managed routes in one namespace: more than real namespaces have, and still cheap to evaluate. */
export const MAX_ROUTES_PER_NAMESPACE = 1_000;

export interface DatedRoute {
  readonly route: Route;
  /** The object's creationTimestamp as the API server writes it: always in UTC. */
  readonly createdAt: string;
}

export interface LimitedRoutes {
  readonly routes: readonly Route[];
  /** By namespace: the number of routes above the limit. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/**
 * The routes of each namespace up to a limit, of all kinds together. The oldest routes stay: a flood of new routes
 * displaces neither the routes of other namespaces nor older routes of its own.
 */
export function limitRoutes(all: readonly DatedRoute[], limit: number): LimitedRoutes {
  const byNamespace = Map.groupBy(all, ({ route }) => route.namespace);
  const crowded = [...byNamespace].filter(([, routes]) => routes.length > limit);
  const tooMany = new Set(crowded.flatMap(([, routes]) => routes.toSorted(oldestFirst).slice(limit)));
  return {
    routes: all.filter((dated) => !tooMany.has(dated)).map(({ route }) => route),
    leftOut: new Map(crowded.map(([namespace, routes]) => [namespace, routes.length - limit])),
  };
}

function oldestFirst(a: DatedRoute, b: DatedRoute): number {
  return compare(a.createdAt, b.createdAt) || compare(a.route.name, b.route.name) || compare(routeKey(a.route), routeKey(b.route));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
