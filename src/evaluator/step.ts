import { FIELD_MANAGER } from "../routes/lastManager.ts";
import type { Route } from "../routes/route.ts";
import { ruleFor } from "../rules/ruleFor.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { Departures, leftByMetrics } from "./brakes/departures.ts";
import { hasLostMetrics } from "./brakes/measured.ts";
import { detectSignalLoss, type Measurement } from "./brakes/signalLoss.ts";
import { ROUTES_OF_SLICE, type Visit, visitAll, visitAwake } from "./health/awake.ts";
import { haveSameAnswers } from "./health/readsTheSame.ts";
import { updateClusters } from "./health/updateClusters.ts";
import type { SignalLoss } from "./model/brakeState.ts";
import type { Decision } from "./model/decision.ts";
import { isSoft } from "./model/isSoft.ts";
import { leaveAlone } from "./model/leaveAlone.ts";
import type { Changed, Observation } from "./model/observation.ts";
import type { Holds } from "./model/routeSituation.ts";
import { type RouteState, routeStateOf, type State, withAllRoutes } from "./model/state.ts";
import { type MadeDecision, madeFrom } from "./record/madeDecision.ts";
import { type RouteStep, type RouteTick, stepRoute } from "./stepRoute.ts";

/** A split needs this many backends before there is anything to shift. */
const MIN_BACKENDS = 2;

/** The two clocks are read one after the other, and drift apart. A smaller change is no clock that was set, and times that are shown stay. */
const SET_CLOCK_MS = 1_000;

export interface Step {
  readonly state: State;
  readonly decisions: readonly Decision[];
  /** By `routeKey`: the new states of the routes that were evaluated. */
  readonly evaluated: ReadonlyMap<string, RouteState>;
  /** Each of these decisions with what it was made from. */
  readonly made: readonly MadeDecision[];
  /** Milliseconds after which a decision that is held is due; null: nothing is due before the next regular tick. */
  readonly againInMs: number | null;
}

/**
 * One tick: evaluates the routes of the observation and returns the new state and the decisions. Routes that no longer exist are
 * dropped from the state. Where the observation says what has changed, only the routes that this concerns are evaluated, with the
 * same result as if all were. Nothing is mutated; the same input gives the same result. `nowMs` is of a monotonic clock: it counts
 * the waits, and never goes back.
 */
export function step(before: State, observation: Observation, rules: RuleSet, nowMs: number): Step {
  const slices = stepInSlices(before, observation, rules, nowMs);
  for (;;) {
    const next = slices.next();
    if (next.done === true) return next.value;
  }
}

/**
 * The same as `step`, which pauses after each few hundred routes, so that the caller may do other work in between. What it was given
 * must not change meanwhile. What concerns all routes together is decided when all of them are evaluated.
 */
export function* stepInSlices(before: State, observation: Observation, rules: RuleSet, nowMs: number): Generator<void, Step> {
  const { changed } = observation;
  const isFirst = before.rules !== rules || before.lastMs === null;
  const onlyThese = changed?.onlyThese === true && !isFirst ? changed : null;
  const state = onlyThese === null ? withAllRoutes(before) : before;
  const clusters = updateClusters(state.clusters, observation, nowMs);
  const signalLoss = onlyThese === null ? signalLossNow(state, observation, rules, nowMs) : state.brakes.signalLoss;
  // What concerns all routes took as long as a slice.
  if (onlyThese === null && state.routes.size >= ROUTES_OF_SLICE) yield;
  const isTurn = (signalLoss === null) !== (state.brakes.signalLoss === null);
  const round = new Round({ ...state, clusters }, observation, rules, signalLoss !== null, nowMs);
  if (onlyThese !== null) yield* round.evaluateOnly(onlyThese.routes);
  else if (changed === undefined || isFirst || isTurn) yield* round.evaluate((visit) => visitAll(state, observation, visit));
  else yield* round.evaluate((visit) => visitAwake(state, clusters, observation, changed.routes, nowMs, visit));
  const ahead = (observation.wallMs ?? nowMs) - nowMs;
  const aheadMs = state.aheadMs !== undefined && Math.abs(ahead - state.aheadMs) < SET_CLOCK_MS ? state.aheadMs : ahead;
  const { metrics, clusters: mirrors } = observation;
  return round.end({ rules, metrics, mirrors, clusters, lastMs: nowMs, aheadMs }, signalLoss, onlyThese?.routes ?? null);
}

/** Which routes lose their metrics can change only with new answers. */
function signalLossNow(state: State, observation: Observation, { brakes }: RuleSet, nowMs: number): SignalLoss | null {
  const known = state.brakes.signalLoss;
  if (known === null && state.lastMs !== null && haveSameAnswers(state.metrics, observation.metrics)) return null;
  return detectSignalLoss(known, measurements(state, observation), state.routes.size, brakes.signalLoss, nowMs);
}

/** A route that would leave its baseline at this tick because of metrics. */
interface Leaving {
  /** Its position among the steps. */
  readonly at: number;
  readonly previous: RouteState | undefined;
  readonly tick: RouteTick;
}

/** The evaluation of the routes of one tick. */
class Round {
  readonly #state: State;
  readonly #observation: Observation;
  readonly #rules: RuleSet;
  readonly #metricsFrozen: boolean;
  readonly #nowMs: number;
  readonly #departures: Departures;
  /** By `routeKey`: the new states of the routes that are evaluated. */
  readonly #routes = new Map<string, RouteState>();
  readonly #steps: RouteStep[] = [];
  #leaving: Leaving[] = [];
  #waiting: ReadonlySet<string> = NONE_WAIT;
  #hasNewState = false;

  constructor(state: State, observation: Observation, rules: RuleSet, metricsFrozen: boolean, nowMs: number) {
    this.#state = state;
    this.#observation = observation;
    this.#rules = rules;
    this.#metricsFrozen = metricsFrozen;
    this.#nowMs = nowMs;
    this.#departures = new Departures(state.brakes.departures, observation.routes, rules.brakes, nowMs);
  }

  *evaluate(each: (visit: Visit) => Generator<void, void>): Generator<void, void> {
    yield* each((route, seen) => this.#evaluate(route, seen));
    yield* this.#grant();
  }

  /** Evaluates these routes, and those with a write that is due. If one would leave, those that wait to leave take their turn, too. */
  *evaluateOnly(changed: Changed["routes"]): Generator<void, void> {
    const { due, brakes } = this.#state;
    let count = 0;
    for (const [key, route] of changed) {
      if (route !== null) this.#evaluate(route, routeStateOf(this.#state, key));
      count += 1;
      if (count % ROUTES_OF_SLICE === 0) yield;
    }
    for (const [key, dueMs] of due) if (dueMs <= this.#nowMs && !changed.has(key)) this.#evaluateAgain(key);
    if (this.#leaving.length > 0) {
      for (const key of brakes.waiting) if (!this.#routes.has(key) && !changed.has(key)) this.#evaluateAgain(key);
    }
    this.#waiting = brakes.waiting;
    yield* this.#grant();
  }

  end(
    next: Pick<State, "rules" | "metrics" | "mirrors" | "clusters" | "lastMs" | "aheadMs">,
    signalLoss: SignalLoss | null,
    only: Changed["routes"] | null,
  ): Step {
    const decisions: Decision[] = [];
    const made: MadeDecision[] = [];
    const due = new Map(this.#state.due);
    if (due.size > 0) for (const key of this.#routes.keys()) due.delete(key);
    for (const { state, decision, againInMs, input } of this.#steps) {
      if (decision !== null) decisions.push(decision);
      if (decision !== null && input !== undefined) made.push(madeFrom(decision, input));
      if (againInMs !== null) due.set(state.trace.route.key, this.#nowMs + againInMs);
    }
    const routes = only === null ? this.#allRoutes() : this.#changedRoutes(only);
    for (const key of due.keys()) if (only?.get(key) === null || (only === null && !routes.routes.has(key))) due.delete(key);
    const brakes = { departures: this.#departures.all(), signalLoss, waiting: this.#waiting };
    const state: State = { ...this.#state, ...next, ...routes, due, brakes };
    const againInMs = due.size === 0 ? null : Math.max(0, Math.min(...due.values()) - this.#nowMs);
    return { state, decisions, made, evaluated: this.#routes, againInMs };
  }

  #evaluateAgain(key: string): void {
    const seen = routeStateOf(this.#state, key);
    if (seen !== undefined) this.#evaluate(seen.trace.route, seen);
  }

  #evaluate(route: Route, seen: RouteState | undefined): void {
    const { key } = route;
    const { brakes } = this.#rules;
    const observation = this.#observation;
    const nowMs = this.#nowMs;
    const found = ruleFor(this.#rules, route);
    if ("problem" in found || !isShiftable(route)) {
      this.#routes.set(key, leaveAlone(seen, route, "problem" in found ? found : null, { nowMs, wallMs: observation.wallMs ?? nowMs }));
      this.#hasNewState = true;
      return;
    }
    const previous = seen === undefined || isNew(seen, route) ? undefined : seen;
    const holds: Holds = {
      metricsFrozen: this.#metricsFrozen,
      mustStay: false,
      minTimeBetweenWritesMs: brakes.minTimeBetweenWritesMs,
      writtenMs: observation.written?.get(key) ?? null,
    };
    const tick: RouteTick = { route, rule: found, observation, holds, state: this.#state, nowMs };
    const next = stepRoute(previous, tick);
    this.#routes.set(key, next.state);
    this.#hasNewState ||= next.state !== seen;
    const at = this.#steps.push(next) - 1;
    if (wasShiftedByUs(previous, next.state)) this.#departures.note(key, departedMs(previous, next.state, this.#state.lastMs ?? nowMs));
    if (leavesBaseline(previous, next.state)) this.#leaving.push({ at, previous, tick });
  }

  /** Which of the leaving routes may leave depends on the others, so all are known first. */
  *#grant(): Generator<void, void> {
    if (this.#leaving.length === 0 && this.#waiting.size === 0) return;
    const granted = this.#departures.grant(
      this.#leaving.map(({ tick }) => tick.route),
      this.#nowMs,
    );
    const waiting = new Set(
      [...this.#waiting].filter((key) => !this.#routes.has(key) && this.#observation.changed?.routes.get(key) !== null),
    );
    for (const { at, previous, tick } of this.#leaving) {
      const { key } = tick.route;
      if (granted.has(key)) continue;
      waiting.add(key);
      if (waiting.size % ROUTES_OF_SLICE === 0) yield;
      const next = stepRoute(previous, { ...tick, holds: { ...tick.holds, mustStay: true } });
      this.#routes.set(key, next.state);
      this.#steps[at] = next;
    }
    this.#waiting = waiting.size === 0 ? NONE_WAIT : waiting;
  }

  /** All routes: those that were not evaluated are as before. */
  #allRoutes(): Pick<State, "routes" | "recent"> {
    const { routes: known } = this.#state;
    const { routes: seen } = this.#observation;
    // A new route has a new state, so the same number of routes are the same ones.
    if (known.size === seen.length && !this.#hasNewState) return { routes: known, recent: NOTHING_RECENT };
    if (this.#routes.size === seen.length) return { routes: this.#routes, recent: NOTHING_RECENT };
    const routes = new Map<string, RouteState>();
    for (const { key } of seen) {
      const state = this.#routes.get(key) ?? known.get(key);
      if (state !== undefined) routes.set(key, state);
    }
    return { routes, recent: NOTHING_RECENT };
  }

  #changedRoutes(changed: Changed["routes"]): Pick<State, "routes" | "recent"> {
    const { routes } = this.#state;
    let recent: Map<string, RouteState | null> | null = null;
    for (const [key, state] of this.#routes) {
      if (routeStateOf(this.#state, key) === state) continue;
      recent ??= new Map(this.#state.recent);
      recent.set(key, state);
    }
    for (const [key, route] of changed) {
      if (route !== null || routeStateOf(this.#state, key) === undefined) continue;
      recent ??= new Map(this.#state.recent);
      recent.set(key, null);
    }
    return { routes, recent: recent ?? this.#state.recent };
  }
}

const NONE_WAIT: ReadonlySet<string> = new Set();
const NOTHING_RECENT: State["recent"] = new Map();

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
