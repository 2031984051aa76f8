import { isFrozen } from "../routes/isFrozen.ts";
import type { Route } from "../routes/route.ts";
import { longestWindowMs } from "../rules/longestWindow.ts";
import type { Rule } from "../rules/ruleSet.ts";
import { holdRoute } from "./brakes/holdRoute.ts";
import { reportRoute } from "./explain/reportRoute.ts";
import { judgeRoute } from "./health/judgeRoute.ts";
import { unreachedOf } from "./health/successRates.ts";
import type { Decision } from "./model/decision.ts";
import { isUnchanged } from "./model/isUnchanged.ts";
import { type Recollection, recollect } from "./model/memoryOf.ts";
import type { Observation } from "./model/observation.ts";
import type { Planned } from "./model/planned.ts";
import { RESTLESS } from "./model/rest.ts";
import type { RouteFacts } from "./model/routeFacts.ts";
import { type Holds, situationOf } from "./model/routeSituation.ts";
import { standingsOf } from "./model/standings.ts";
import type { RouteState, State } from "./model/state.ts";
import { type Survey, survey } from "./model/survey.ts";
import { countedWithinMs, remember } from "./model/weightHistory.ts";
import { movePhases } from "./phases/movePhases.ts";
import { restOf } from "./phases/restOf.ts";
import { decide } from "./weights/decide.ts";
import { desiredWeights } from "./weights/desiredWeights.ts";

/** A wait ends early by this part of the interval, so that a tick that comes a little early does not cost a whole interval. */
const TOLERANCE_OF_INTERVAL = 0.1;

/** The input of one tick for one route. */
export interface RouteTick {
  readonly route: Route;
  readonly rule: Rule;
  readonly observation: Observation;
  readonly holds: Holds;
  /** The state of the tick before, with the clusters of this one. */
  readonly state: State;
  readonly nowMs: number;
}

export interface RouteStep {
  readonly state: RouteState;
  readonly decision: Decision | null;
  /** Milliseconds after which a decision that is held is due; null: there is none. */
  readonly againInMs: number | null;
  /** What the decision was made from; absent: nothing was to be decided. */
  readonly input?: { readonly previous: RouteState | undefined; readonly tick: RouteTick };
}

/** One tick of one route that a rule matches: recall, survey, judge, move, desire, hold, report. */
export function stepRoute(previous: RouteState | undefined, tick: RouteTick): RouteStep {
  const { route, rule, observation, holds, state, nowMs } = tick;
  const { wallMs = nowMs } = observation;
  const recalled = recollect(previous, route, state.identity, wallMs);
  const surveyed = survey(previous?.trace.survey ?? null, route, recalled.memory);
  const facts = factsOf(previous, surveyed, recalled, tick);
  const judgements = judgeRoute(facts, observation, nowMs);
  const situation = situationOf(previous, facts, holds, { state, observation, nowMs });
  const moved = movePhases(facts.standings, judgements, situation, previous?.backends ?? null);
  const pin = pinInForce(route, wallMs);
  const frozen = isFrozen(route, wallMs);
  // A freeze may end by time, as a pin may.
  const rest = frozen ? RESTLESS : restOf(facts, moved, nowMs);
  if (previous?.frozen === frozen && pin === null && isUnchanged(previous, facts, moved)) return asBefore(previous, rest);
  const terms = { rule, pin: pin?.backend ?? null, metricsFrozen: holds.metricsFrozen };
  const planned: Planned = { surveyed, moved, pin, frozen, plans: desiredWeights(surveyed, moved, terms) };
  const held = holdRoute(previous, planned, holds, nowMs);
  const restsUntilMs = held.differs || pin !== null ? RESTLESS : rest;
  const next = reportRoute({ facts, planned, held, restsUntilMs, nowMs });
  const decision = held.acts ? decide(next, previous, planned, { writer: state.identity, nowMs, wallMs }) : null;
  return { state: next, decision, againInMs: held.tooSoonMs > 0 ? held.tooSoonMs : null, input: { previous, tick } };
}

/** What is known of the route before its backends are judged. */
function factsOf(
  previous: RouteState | undefined,
  surveyed: Survey,
  { memory, fromAnother }: Recollection,
  { route, rule, observation, state, nowMs }: RouteTick,
): RouteFacts {
  const carried = observation.sent?.get(route.key) ?? surveyed.shares;
  return {
    surveyed,
    rule,
    standings: standingsOf(previous, surveyed, fromAnother ? memory : null, { nowMs, wallMs: observation.wallMs ?? nowMs, rule }),
    history: remember(previous?.trace.history ?? [], carried, nowMs, {
      horizonMs: longestWindowMs(rule) + countedWithinMs(longestWindowMs(rule)),
      unreached: () => unreachedOf(surveyed, rule, observation.metrics),
    }),
    firstSeenMs: previous?.firstSeenMs ?? nowMs,
    toleranceMs: state.intervalMs * TOLERANCE_OF_INTERVAL,
    clusters: state.clusters.byName,
  };
}

function pinInForce({ pin }: Route, wallMs: number): Route["pin"] {
  return pin !== null && (pin.untilMs === null || wallMs < pin.untilMs) ? pin : null;
}

function asBefore(state: RouteState, restsUntilMs: number): RouteStep {
  const { trace } = state;
  const isSame = trace.restsUntilMs === restsUntilMs;
  return { state: isSame ? state : { ...state, trace: { ...trace, restsUntilMs } }, decision: null, againInMs: null };
}
