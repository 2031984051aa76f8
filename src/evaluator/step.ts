import { type Route, routeKey } from "../routes/route.ts";
import { ruleFor } from "../rules/ruleFor.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { afterClockWasSetBack } from "./clockSetBack.ts";
import { lookAtClusters } from "./clusters.ts";
import type { Decision } from "./decision.ts";
import type { Observation } from "./observation.ts";
import type { RouteState, State } from "./state.ts";
import { leaveAlone, stepRoute } from "./stepRoute.ts";

/** A split needs this many backends before there is anything to shift. */
const MIN_BACKENDS = 2;

/**
 * One look at everything: what was seen, what is remembered, the rules and the time give the new memory and the
 * decisions. Routes that are gone are forgotten. Nothing is mutated; the same input gives the same answer.
 */
export function step(
  state: State,
  observation: Observation,
  rules: RuleSet,
  nowMs: number,
): { state: State; decisions: readonly Decision[] } {
  const routes = new Map<string, RouteState>();
  const current: State = { ...state, clusters: lookAtClusters(state.clusters, observation, nowMs) };
  const decisions: Decision[] = [];
  for (const route of observation.routes) {
    const key = routeKey(route);
    const seen = state.routes.get(key);
    // A route that no rule judged until now is new to the machine: what its annotation remembers counts.
    const previous = seen === undefined || seen.rule === null ? undefined : afterClockWasSetBack(seen, nowMs);
    const found = ruleFor(rules, route);
    if ("problem" in found) {
      routes.set(key, leaveAlone(seen, route, found, nowMs));
    } else if (!isShiftable(route)) {
      routes.set(key, leaveAlone(seen, route, null, nowMs));
    } else {
      const next = stepRoute(previous, route, observation, found, current, nowMs);
      routes.set(key, next.state);
      if (next.decision !== null) decisions.push(next.decision);
    }
  }
  return { state: { ...current, routes }, decisions };
}

/** Whether there is anything to shift, and weights that Linkerd follows. */
function isShiftable({ splits, problems }: Route): boolean {
  return splits.some((split) => split.backends.length >= MIN_BACKENDS) && !problems.some(({ problem }) => problem === "not-accepted");
}
