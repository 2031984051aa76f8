import type { Rule } from "../../rules/ruleSet.ts";
import { type Answer, answersFor, type ClientCounts, type Metrics, type Observation } from "./observation.ts";
import type { RouteFacts } from "./routeFacts.ts";
import { sameSharesOf } from "./sameShares.ts";
import type { RouteState, State } from "./state.ts";
import type { Survey, SurveyedSplit } from "./survey.ts";

/** A tick counts for at most this many intervals, because time without a tick is no evidence. */
const LONGEST_TICK_INTERVALS = 3;

/** The brakes that concern more than one route. */
export interface Holds {
  /** Metrics are not trusted now (`signalLoss`): they move nothing. */
  readonly metricsFrozen: boolean;
  /** Enough other routes have left their baseline because of metrics (`maxShifted`): one that is at its baseline has to wait. */
  readonly mustStay: boolean;
  readonly minTimeBetweenWritesMs: number;
  /** When our last write of the route landed; null: there was none. */
  readonly writtenMs: number | null;
}

/** What the phases of the backends depend on beside the backends themselves. */
export interface RouteSituation {
  readonly rule: Rule;
  readonly facts: RouteFacts;
  readonly metrics: Metrics | null;
  /** What its clients counted, each for itself; undefined: not asked. */
  readonly clients: Answer<ClientCounts> | undefined;
  readonly nowMs: number;
  readonly sinceLastMs: number;
  readonly toleranceMs: number;
  /** The desired weights of the last tick are live. */
  readonly desiredIsLive: boolean;
  /** Each backend's share of the traffic by the live weights. */
  readonly shares: ReadonlyMap<string, number>;
  readonly splits: readonly SurveyedSplit[];
  readonly tiers: readonly (readonly string[])[] | null;
  /** Since when the live weights are what they are. */
  readonly weightsSinceMs: number;
  readonly metricsFrozen: boolean;
  readonly mustStay: boolean;
}

/** The situation of a route at this tick. `isSupposed`: its weights are assumed, as in a dry run or a replay. */
export function situationOf(
  previous: RouteState | undefined,
  facts: RouteFacts,
  { metricsFrozen, mustStay }: Holds,
  { state, observation, nowMs }: { readonly state: State; readonly observation: Observation; readonly nowMs: number },
): RouteSituation {
  const { surveyed, rule, history, toleranceMs } = facts;
  const { metrics } = observation;
  const isSupposed = observation.sent?.has(surveyed.route.key) === true;
  return {
    rule,
    facts,
    metrics,
    clients: metrics === null ? undefined : answersFor(rule.signals.successRate ?? {}, metrics).clients?.get(surveyed.route.key),
    nowMs,
    toleranceMs,
    shares: surveyed.shares,
    splits: surveyed.splits,
    tiers: surveyed.route.tiers,
    sinceLastMs: previous === undefined ? 0 : sinceLastMs(previous, state.intervalMs, nowMs),
    desiredIsLive: isDesiredLive(previous, surveyed),
    // Assumed weights carry no traffic, so they are no evidence and are always new.
    weightsSinceMs: isSupposed ? nowMs : (history.at(-1)?.atMs ?? nowMs),
    metricsFrozen,
    mustStay,
  };
}

function sinceLastMs({ trace }: RouteState, intervalMs: number, nowMs: number): number {
  return Math.min(Math.max(0, nowMs - (trace.countedMs ?? nowMs)), LONGEST_TICK_INTERVALS * intervalMs);
}

/** Whether the desired weights of the last tick are live. At the first tick the live weights count as desired. */
function isDesiredLive(previous: RouteState | undefined, surveyed: Survey): boolean {
  if (previous === undefined) return true;
  const last = previous.trace.survey?.splits ?? [];
  return surveyed.splits.every(({ split: { name, matches }, live }, i) => {
    const isAt = (own: SurveyedSplit | undefined) => own?.split.name === name && own.split.matches === matches;
    // A rule that has come or moved since then has no desired weights yet.
    const desired = previous.splits[isAt(last[i]) ? i : last.findIndex(isAt)]?.desired;
    return desired === undefined || sameSharesOf(desired, live);
  });
}
