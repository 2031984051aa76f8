import { FIELD_MANAGER } from "../routes/lastManager.ts";
import type { Route } from "../routes/route.ts";
import { ruleFor } from "../rules/ruleFor.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { Departures, leftByMetrics } from "./brakes/departures.ts";
import { hasLostMetrics } from "./brakes/measured.ts";
import { detectSignalLoss, type Measurement } from "./brakes/signalLoss.ts";
import { updateClusters } from "./health/updateClusters.ts";
import type { Decision } from "./model/decision.ts";
import { isSoft } from "./model/isSoft.ts";
import { leaveAlone } from "./model/leaveAlone.ts";
import type { Observation } from "./model/observation.ts";
import type { Holds } from "./model/routeSituation.ts";
import type { RouteState, State } from "./model/state.ts";
import { type MadeDecision, madeFrom } from "./record/madeDecision.ts";
import { type RouteStep, type RouteTick, stepRoute } from "./stepRoute.ts";

/** A split needs this many backends before there is anything to shift. */
const MIN_BACKENDS = 2;

/** The two clocks are read one after the other, and drift apart. A smaller change is no clock that was set, and times that are shown stay. */
const SET_CLOCK_MS = 1_000;

export interface Step {
  readonly state: State;
  readonly decisions: readonly Decision[];
  /** Each of these decisions with what it was made from. */
  readonly made: readonly MadeDecision[];
  /** Milliseconds after which a decision that is held is due; null: nothing is due before the next regular tick. */
  readonly againInMs: number | null;
}

/**
 * One tick: evaluates all routes of the observation and returns the new state and the decisions. Routes that no longer exist are
 * dropped from the state. Nothing is mutated; the same input gives the same result. `nowMs` is of a monotonic clock: it
 * counts the waits, and never goes back.
 */
export function step(state: State, observation: Observation, rules: RuleSet, nowMs: number): Step {
  const current: State = { ...state, clusters: updateClusters(state.clusters, observation, nowMs) };
  const { brakes } = rules;
  const signalLoss = detectSignalLoss(
    state.brakes.signalLoss,
    measurements(state, observation),
    state.routes.size,
    brakes.signalLoss,
    nowMs,
  );
  const departures = new Departures(state.brakes.departures, observation.routes, brakes, nowMs);
  const routes = new Map<string, RouteState>();
  const steps = new Map<string, RouteStep>();
  const leaving: Leaving[] = [];
  for (const route of observation.routes) {
    const { key } = route;
    const seen = state.routes.get(key);
    const found = ruleFor(rules, route);
    if ("problem" in found || !isShiftable(route)) {
      routes.set(key, leaveAlone(seen, route, "problem" in found ? found : null, nowMs));
      continue;
    }
    const previous = seen === undefined || isNew(seen, route) ? undefined : seen;
    const holds: Holds = {
      metricsFrozen: signalLoss !== null,
      mustStay: false,
      minTimeBetweenWritesMs: brakes.minTimeBetweenWritesMs,
      writtenMs: observation.written?.get(key) ?? null,
    };
    const tick: RouteTick = { route, rule: found, observation, holds, state: current, nowMs };
    const next = stepRoute(previous, tick);
    routes.set(key, next.state);
    steps.set(key, next);
    if (wasShiftedByUs(previous, next.state)) departures.note(key, departedMs(previous, next.state, state.lastMs ?? nowMs));
    if (leavesBaseline(previous, next.state)) leaving.push({ previous, tick });
  }
  // Which of these may leave depends on the others, so all are known first.
  const granted = departures.grant(
    leaving.map(({ tick }) => tick.route),
    nowMs,
  );
  for (const { previous, tick } of leaving) {
    const { key } = tick.route;
    if (granted.has(key)) continue;
    const next = stepRoute(previous, { ...tick, holds: { ...tick.holds, mustStay: true } });
    routes.set(key, next.state);
    steps.set(key, next);
  }
  const { decisions, made, againInMs } = resultsOf(steps.values());
  const ahead = (observation.wallMs ?? nowMs) - nowMs;
  const aheadMs = state.aheadMs !== undefined && Math.abs(ahead - state.aheadMs) < SET_CLOCK_MS ? state.aheadMs : ahead;
  const next: State = { ...current, routes, brakes: { departures: departures.all(), signalLoss }, lastMs: nowMs, aheadMs };
  return { state: next, decisions, made, againInMs };
}

/** A route that would leave its baseline at this tick because of metrics. */
interface Leaving {
  readonly previous: RouteState | undefined;
  readonly tick: RouteTick;
}

function resultsOf(steps: Iterable<RouteStep>): Omit<Step, "state"> {
  const decisions: Decision[] = [];
  const made: MadeDecision[] = [];
  let againInMs: number | null = null;
  for (const next of steps) {
    if (next.decision !== null) decisions.push(next.decision);
    if (next.decision !== null && next.input !== undefined) made.push(madeFrom(next.decision, next.input));
    if (next.againInMs !== null) againInMs = Math.min(againInMs ?? next.againInMs, next.againInMs);
  }
  return { decisions, made, againInMs };
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

/** Whether a route would leave its baseline at this tick because of metrics. A frozen or pinned one goes nowhere. */
function leavesBaseline(previous: RouteState | undefined, { backends, frozen, pinned, trace }: RouteState): boolean {
  if (frozen || pinned !== null || previous?.shifted === true) return false;
  for (const report of backends.values()) {
    if (leftByMetrics(report) && (trace.survey?.shares.get(report.backend) ?? 0) > 0) return true;
  }
  return false;
}

/**
 * Whether a departure because of metrics has been written since the last tick, or before the first one. What an annotation says
 * counts only if the weights are shifted as it says, and were written by the controller.
 */
function wasShiftedByUs(previous: RouteState | undefined, { shifted, backends, trace }: RouteState): boolean {
  if (previous?.shifted === true || !shifted || trace.source !== "ours") return false;
  if (trace.survey?.route.lastManager !== FIELD_MANAGER) return false;
  for (const { before } of backends.values()) if (before.phase === "out" && isSoft(before.cause)) return true;
  return false;
}

/** When it was written: after the last tick, or before the first one, when its backends were removed. */
function departedMs(previous: RouteState | undefined, { backends }: RouteState, lastMs: number): number {
  if (previous !== undefined) return lastMs;
  let latestMs = 0;
  for (const { before } of backends.values())
    if (before.phase === "out" && isSoft(before.cause)) latestMs = Math.max(latestMs, before.sinceMs);
  return latestMs;
}

/** Whether a route is new here: no rule applied to it before, or the object was deleted and created again. Its annotation is then its state. */
function isNew({ rule, trace }: RouteState, { uid }: Route): boolean {
  return rule === null || (trace.survey !== null && trace.survey.route.uid !== uid);
}

/** Whether a split has several backends, and Linkerd accepts the route. */
function isShiftable({ splits, problems }: Route): boolean {
  return splits.some((split) => split.backends.length >= MIN_BACKENDS) && !problems.some(({ problem }) => problem === "not-accepted");
}
