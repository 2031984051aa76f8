import type { Route } from "../../routes/route.ts";
import type { Observation } from "../model/observation.ts";
import type { RouteState, State } from "../model/state.ts";
import { haveSameAnswers, readsTheSame } from "./readsTheSame.ts";

/** Takes a route, and its state after the last tick; undefined: it is new. */
export type Visit = (route: Route, seen: RouteState | undefined) => void;

/** Routes between two pauses in which the caller may do other work: to evaluate so many takes some milliseconds. */
export const ROUTES_OF_SLICE = 250;

/** Visits all routes, in the order of the observation, and pauses now and then. */
export function* visitAll({ routes: known }: State, { routes }: Observation, visit: Visit): Generator<void, void> {
  // Both lists have nearly always the same order, and to go through both is faster than to find each route by its key.
  const states = known.entries();
  let count = 0;
  for (const route of routes) {
    const next = states.next().value;
    visit(route, next?.[0] === route.key ? next[1] : known.get(route.key));
    count += 1;
    if (count % ROUTES_OF_SLICE === 0) yield;
  }
}

/**
 * Visits the routes that must be evaluated: those that do not rest, and those with a new object, other endpoints or other readings.
 * It pauses as `visitAll` does.
 * `before`: the state of the last tick; `clusters`: the linked clusters of this one.
 */
export function visitAwake(
  before: State,
  clusters: State["clusters"],
  observation: Observation,
  marked: { has(key: string): boolean },
  nowMs: number,
  visit: Visit,
): Generator<void, void> {
  const mayReadAnew = clusters !== before.clusters || !haveSameAnswers(before.metrics, observation.metrics);
  const last = { metrics: before.metrics, clusters: before.mirrors, byName: before.clusters.byName };
  const now = { metrics: observation.metrics, clusters: observation.clusters, byName: clusters.byName };
  const readsAnew = ({ trace: { survey: surveyed, judgedBy } }: RouteState): boolean =>
    surveyed !== null && judgedBy !== null && !readsTheSame(surveyed, judgedBy, last, now);
  return visitAll(before, observation, (route, seen) => {
    const isAtRest = seen !== undefined && seen.trace.route === route && seen.trace.restsUntilMs > nowMs && !marked.has(route.key);
    if (!isAtRest || (mayReadAnew && readsAnew(seen))) visit(route, seen);
  });
}
