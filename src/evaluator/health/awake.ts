import type { Route } from "../../routes/route.ts";
import type { Observation } from "../model/observation.ts";
import { areSameReadings } from "../model/readings.ts";
import type { RouteState, State } from "../model/state.ts";
import { haveSameAnswers, readingsOf } from "./readingsOf.ts";

/**
 * The routes that must be evaluated, in the order of the observation: those that do not rest, and those with a new object, other
 * endpoints or other readings. `before`: the state of the last tick; `clusters`: the linked clusters of this one.
 */
export function* awake(
  before: State,
  clusters: State["clusters"],
  observation: Observation,
  marked: { has(key: string): boolean },
  nowMs: number,
): Generator<Route> {
  const mayReadAnew = clusters !== before.clusters || !haveSameAnswers(before.metrics, observation.metrics);
  const readsAnew = ({ trace: { survey: surveyed, judgedBy: rule, readings } }: RouteState): boolean =>
    surveyed !== null && rule !== null && !areSameReadings(readings, readingsOf({ surveyed, rule }, observation, clusters.byName));
  // Both lists have nearly always the same order, and to go through both is faster than to look each route up.
  const known = before.routes.entries();
  for (const route of observation.routes) {
    const next = known.next().value;
    const seen = next?.[0] === route.key ? next[1] : before.routes.get(route.key);
    const isAtRest = seen !== undefined && seen.trace.route === route && seen.trace.restsUntilMs > nowMs && !marked.has(route.key);
    if (!isAtRest || (mayReadAnew && readsAnew(seen))) yield route;
  }
}
