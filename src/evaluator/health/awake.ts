import type { Route } from "../../routes/route.ts";
import type { Observation } from "../model/observation.ts";
import type { RouteState, State } from "../model/state.ts";
import { haveSameAnswers, readsTheSame } from "./readsTheSame.ts";

/** Takes a route, and its state after the last tick; undefined: it is new. */
export type Visit = (route: Route, seen: RouteState | undefined) => void;

/** Visits all routes, in the order of the observation. */
export function visitAll({ routes: known }: State, { routes }: Observation, visit: Visit): void {
  // Both lists have nearly always the same order, and to go through both is faster than to find each route by its key.
  const states = known.entries();
  for (const route of routes) {
    const next = states.next().value;
    visit(route, next?.[0] === route.key ? next[1] : known.get(route.key));
  }
}

/**
 * Visits the routes that must be evaluated: those that do not rest, and those with a new object, other endpoints or other readings.
 * `before`: the state of the last tick; `clusters`: the linked clusters of this one.
 */
export function visitAwake(
  before: State,
  clusters: State["clusters"],
  observation: Observation,
  marked: { has(key: string): boolean },
  nowMs: number,
  visit: Visit,
): void {
  const mayReadAnew = clusters !== before.clusters || !haveSameAnswers(before.metrics, observation.metrics);
  const last = { metrics: before.metrics, clusters: before.mirrors, byName: before.clusters.byName };
  const now = { metrics: observation.metrics, clusters: observation.clusters, byName: clusters.byName };
  const readsAnew = ({ trace: { survey: surveyed, judgedBy } }: RouteState): boolean =>
    surveyed !== null && judgedBy !== null && !readsTheSame(surveyed, judgedBy, last, now);
  visitAll(before, observation, (route, seen) => {
    const isAtRest = seen !== undefined && seen.trace.route === route && seen.trace.restsUntilMs > nowMs && !marked.has(route.key);
    if (!isAtRest || (mayReadAnew && readsAnew(seen))) visit(route, seen);
  });
}
