import { type Route, routeKey } from "../routes/route.ts";

/** Managed routes of one namespace, where nobody says otherwise: more than anybody has, and no burden yet. */
export const MAX_ROUTES_PER_NAMESPACE = 1_000;

export interface DatedRoute {
  readonly route: Route;
  /** The object's creationTimestamp, as the API server spells it: always in UTC. */
  readonly createdAt: string;
}

export interface LimitedRoutes {
  readonly routes: readonly Route[];
  /** By namespace: how many of its managed routes are too many. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/**
 * The routes of each namespace up to a limit, of all kinds together. The oldest stay: who floods a namespace pushes out
 * neither his neighbours' routes nor those that were there before.
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
