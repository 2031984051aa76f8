import { type Route, routeKey } from "../routes/route.ts";
import { ruleFor } from "../rules/ruleFor.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { Departures, leftByMetrics, lookForSignalLoss, type Measurement } from "./brakes.ts";
import { afterClockWasSetBack } from "./clockSetBack.ts";
import { lookAtClusters } from "./clusters.ts";
import type { Decision } from "./decision.ts";
import type { Observation } from "./observation.ts";
import type { RouteState, State } from "./state.ts";
import { type Holds, type LookedRoute, leaveAlone, lookAtRoute, stepRoute } from "./stepRoute.ts";

/** A split needs this many backends before there is anything to shift. */
const MIN_BACKENDS = 2;

export interface Step {
  readonly state: State;
  readonly decisions: readonly Decision[];
  /** Something waits only for so much time to pass; null: the next tick is soon enough for all. */
  readonly againInMs: number | null;
}

/**
 * One look at everything: what was seen, what is remembered, the rules and the time give the new memory and the
 * decisions. Routes that are gone are forgotten. Nothing is mutated; the same input gives the same answer.
 */
export function step(state: State, observation: Observation, rules: RuleSet, nowMs: number): Step {
  const current: State = { ...state, clusters: lookAtClusters(state.clusters, observation, nowMs) };
  const looked = new Map<string, LookedRoute | RouteState>();
  for (const route of observation.routes) {
    const key = routeKey(route);
    looked.set(key, look(state.routes.get(key), route, observation, rules, current, nowMs));
  }
  const { brakes } = rules;
  const signalLoss = lookForSignalLoss(state.brakes.signalLoss, measurements(looked), brakes.signalLoss, nowMs);
  const departures = new Departures(state.brakes.departures, looked.size, brakes, nowMs);
  const routes = new Map<string, RouteState>();
  const decisions: Decision[] = [];
  let againInMs: number | null = null;
  for (const [key, seen] of looked) {
    if ("trace" in seen) {
      routes.set(key, seen);
      continue;
    }
    const holds: Holds = {
      metricsFrozen: signalLoss !== null,
      mustStay: !departures.allows(key) && seen.previous?.shifted !== true,
      minTimeBetweenWritesMs: brakes.minTimeBetweenWritesMs,
    };
    const next = stepRoute(seen, holds, current, nowMs);
    routes.set(key, next.state);
    noteDeparture(departures, key, seen, next.state, nowMs);
    if (next.decision !== null) decisions.push(next.decision);
    if (next.againInMs !== null) againInMs = Math.min(againInMs ?? next.againInMs, next.againInMs);
  }
  return { state: { ...current, routes, brakes: { departures: departures.all(), signalLoss } }, decisions, againInMs };
}

/** Looks at a route; one that cannot be judged is left alone, and that is all. */
function look(
  seen: RouteState | undefined,
  route: Route,
  observation: Observation,
  rules: RuleSet,
  state: State,
  nowMs: number,
): LookedRoute | RouteState {
  // A route that no rule judged until now is new to the machine: what its annotation remembers counts.
  const previous = seen === undefined || seen.rule === null ? undefined : afterClockWasSetBack(seen, nowMs);
  const found = ruleFor(rules, route);
  if ("problem" in found) return leaveAlone(seen, route, found, nowMs);
  if (!isShiftable(route)) return leaveAlone(seen, route, null, nowMs);
  return lookAtRoute(previous, route, observation, found, state, nowMs);
}

function measurements(looked: ReadonlyMap<string, LookedRoute | RouteState>): readonly Measurement[] {
  const found: Measurement[] = [];
  for (const [key, seen] of looked) {
    if ("trace" in seen || seen.previous === undefined) continue;
    found.push({ key, before: seen.previous.trace.measured, now: seen.measured });
  }
  return found;
}

/** A route that leaves its baseline by metrics counts; of one that is new to us, what its annotation remembers. */
function noteDeparture(departures: Departures, key: string, { previous, surveyed }: LookedRoute, next: RouteState, nowMs: number): void {
  for (const [backend, report] of next.backends) {
    const { before } = report;
    if (leftByMetrics(report) && previous?.shifted !== true && (surveyed.shares.get(backend) ?? 0) > 0) departures.note(key, nowMs);
    else if (previous === undefined && before.phase === "out" && before.cause !== "readiness" && before.cause !== "gateway") {
      departures.note(key, before.sinceMs);
    }
  }
}

/** Whether there is anything to shift, and weights that Linkerd follows. */
function isShiftable({ splits, problems }: Route): boolean {
  return splits.some((split) => split.backends.length >= MIN_BACKENDS) && !problems.some(({ problem }) => problem === "not-accepted");
}
