import type { Route } from "../routes/route.ts";
import { ruleFor } from "../rules/ruleFor.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { Departures, leftByMetrics } from "./brakes/departures.ts";
import { hasLostMetrics } from "./brakes/measured.ts";
import { detectSignalLoss, type Measurement } from "./brakes/signalLoss.ts";
import { updateClusters } from "./health/updateClusters.ts";
import { afterClockWasSetBack, lossAfterClockWasSetBack } from "./model/clockSetBack.ts";
import type { Decision } from "./model/decision.ts";
import { leaveAlone } from "./model/leaveAlone.ts";
import type { Observation } from "./model/observation.ts";
import type { Holds } from "./model/routeSituation.ts";
import type { RouteState, State } from "./model/state.ts";
import { stepRoute } from "./stepRoute.ts";

/** A split needs this many backends before there is anything to shift. */
const MIN_BACKENDS = 2;

export interface Step {
  readonly state: State;
  readonly decisions: readonly Decision[];
  /** Milliseconds after which a decision that is held is due; null: nothing is due before the next regular tick. */
  readonly againInMs: number | null;
}

/**
 * One tick: evaluates all routes of the observation and returns the new state and the decisions. Routes that no longer exist are
 * dropped from the state. Nothing is mutated; the same input gives the same result.
 */
export function step(state: State, observation: Observation, rules: RuleSet, nowMs: number): Step {
  const current: State = { ...state, clusters: updateClusters(state.clusters, observation, nowMs) };
  const { brakes } = rules;
  const lost = lossAfterClockWasSetBack(state.brakes.signalLoss, state.lastMs ?? nowMs, nowMs);
  const signalLoss = detectSignalLoss(lost, measurements(state, observation), state.routes.size, brakes.signalLoss, nowMs);
  const departures = new Departures(state.brakes.departures, observation.routes.length, brakes, nowMs);
  const routes = new Map<string, RouteState>();
  const decisions: Decision[] = [];
  let againInMs: number | null = null;
  for (const route of observation.routes) {
    const { key } = route;
    const seen = state.routes.get(key);
    const found = ruleFor(rules, route);
    if ("problem" in found || !isShiftable(route)) {
      routes.set(key, leaveAlone(seen, route, "problem" in found ? found : null, nowMs));
      continue;
    }
    const previous = seen === undefined || isNew(seen, route) ? undefined : afterClockWasSetBack(seen, state.lastMs ?? nowMs, nowMs);
    const holds: Holds = {
      metricsFrozen: signalLoss !== null,
      mustStay: !departures.allows(key) && previous?.shifted !== true,
      minTimeBetweenWritesMs: brakes.minTimeBetweenWritesMs,
    };
    const next = stepRoute(previous, { route, rule: found, observation, holds, state: current, nowMs });
    routes.set(key, next.state);
    noteDeparture(departures, key, previous, next.state, nowMs);
    if (next.decision !== null) decisions.push(next.decision);
    if (next.againInMs !== null) againInMs = Math.min(againInMs ?? next.againInMs, next.againInMs);
  }
  return { state: { ...current, routes, brakes: { departures: departures.all(), signalLoss }, lastMs: nowMs }, decisions, againInMs };
}

/** One measurement for each route that counts for `signalLoss`: it has metrics now, or had them when the outage began. */
function* measurements(state: State, { metrics }: Observation): Iterable<Measurement> {
  const { signalLoss } = state.brakes;
  for (const [key, { trace }] of state.routes) {
    const hadValue = trace.measured;
    if (trace.survey === null || trace.judgedBy === null || (!hadValue && signalLoss?.had.has(key) !== true)) continue;
    yield { key, hadValue, isLost: hasLostMetrics(trace.survey, trace.judgedBy, metrics) };
  }
}

/** Counts a route that leaves its baseline because of metrics, for `maxShifted`. For a route that is new here, its annotation tells. */
function noteDeparture(departures: Departures, key: string, previous: RouteState | undefined, next: RouteState, nowMs: number): void {
  for (const report of next.backends.values()) {
    const { before, backend } = report;
    if (leftByMetrics(report) && previous?.shifted !== true && (next.trace.survey?.shares.get(backend) ?? 0) > 0) {
      departures.note(key, nowMs);
    } else if (previous === undefined && before.phase === "out" && before.cause !== "readiness" && before.cause !== "gateway") {
      departures.note(key, before.sinceMs);
    }
  }
}

/** Whether a route is new here: no rule applied to it before, or the object was deleted and created again. Its annotation is then its state. */
function isNew({ rule, trace }: RouteState, { uid }: Route): boolean {
  return rule === null || (trace.survey !== null && trace.survey.route.uid !== uid);
}

/** Whether a split has several backends, and Linkerd accepts the route. */
function isShiftable({ splits, problems }: Route): boolean {
  return splits.some((split) => split.backends.length >= MIN_BACKENDS) && !problems.some(({ problem }) => problem === "not-accepted");
}
