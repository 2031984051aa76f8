/**
 * evaluator/forecast/ — tells what a rule can detect, and how soon.
 *
 * Computes times and odds from the rule alone, for the CLI and the docs. It must never use the state of a route, and no decision
 * may depend on it.
 */
import { failAfterOf } from "../../rules/failAfter.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import { logRatio } from "../model/beyondDoubt.ts";
import { wilson } from "../model/wilson.ts";
import { worstFalseAlarm } from "./falseAlarm.ts";

/** The intervals that every detection time depends on and that no rule sets. */
export interface Pace {
  /** Time between two scrapes of the proxies. */
  readonly scrapeMs: number;
  /** Time between two ticks. */
  readonly intervalMs: number;
}

/** Time from the end of the first bad request to the decision. */
export interface TimeToSee {
  readonly bestMs: number;
  readonly worstMs: number;
}

/** How soon a signal detects that a backend fails, and how rarely it is wrong. */
export interface Detection {
  readonly signal: string;
  /** When all requests fail. */
  readonly total: TimeToSee;
  /** When the share `PARTIAL_FAILURE` of the requests fails; null: this is never detected. Absent: the signal is not a share. */
  readonly partial?: TimeToSee | null;
  /** For signals that count requests. */
  readonly counted?: {
    readonly windowMs: number;
    /** Requests in a window that are needed to detect a total failure, and a partial one. */
    readonly neededForTotal: number;
    readonly neededForPartial: number | null;
    /** The probability, 0..1, that a window is unfit for a backend that fails 1 % of its requests; the highest for any number of them. */
    readonly falseAlarm: number;
  };
}

/** A partial failure: one request in five. */
const PARTIAL_FAILURE = 0.2;
/** Readiness acts within this time after the watch event. */
const READINESS_LIMIT_MS = 1_000;
/** Ticks in a row at which a gateway must be dead. */
const GATEWAY_TICKS = 2;
/** A wait ends early by this part of the interval. */
const TOLERANCE_OF_INTERVAL = 0.1;
/** An upper limit for the requests in a window. */
const MOST_REQUESTS = 1_000_000;

/** The detection of every signal that is on, in the order of the rules file. */
export function detectionsOf(rule: Rule, pace: Pace): readonly Detection[] {
  const { readiness, successRate, latency, unanswered, gateway, queries } = rule.signals;
  const share = (signal: string, counted: CountedSignal) => shareDetection(signal, counted, failAfterOf(rule, signal), pace);
  return [
    ...(readiness === undefined ? [] : [{ signal: "readiness", total: readinessTime(readiness.failAfterMs, pace) }]),
    ...(successRate === undefined ? [] : [share("successRate", successRate)]),
    ...(latency === undefined ? [] : [share("latency", latency)]),
    ...(unanswered === undefined ? [] : [share("unanswered", { ...unanswered, failBelow: 1 - unanswered.failAbove })]),
    ...(gateway === undefined ? [] : [{ signal: "gateway", total: gatewayTime(gateway.failAfterMs, pace) }]),
    ...(queries ?? []).map(({ name }) => ({ signal: `query ${name}`, total: queryTime(failAfterOf(rule, `query ${name}`), pace) })),
  ];
}

/** Time from the recovery of a backend until it has all its traffic: without relapses, and after many. */
export function timeBack(rule: Rule): TimeToSee {
  const stepsMs = rule.return.steps.length * rule.return.everyMs;
  const longestWaitMs = rule.damping.factor > 1 ? Math.max(rule.recoverAfterMs, rule.damping.maxMs) : rule.recoverAfterMs;
  return { bestMs: rule.recoverAfterMs + stepsMs, worstMs: longestWaitMs + stepsMs };
}

interface CountedSignal {
  readonly failBelow: number;
  readonly windowMs: number;
  readonly minRequests: number;
  readonly earlyWhenSure?: boolean;
}

function shareDetection(signal: string, counted: CountedSignal, failAfterMs: number, pace: Pace): Detection {
  const { failBelow, windowMs, minRequests } = counted;
  const needed = (seen: number) => {
    const requests = requestsNeeded(failBelow, seen);
    return requests === null ? null : Math.max(minRequests, requests);
  };
  const total = timeToSee(counted, 1, failAfterMs, pace);
  return {
    signal,
    // Null only for a threshold of 0, which the schema refuses.
    total: total ?? { bestMs: Number.POSITIVE_INFINITY, worstMs: Number.POSITIVE_INFINITY },
    partial: timeToSee(counted, PARTIAL_FAILURE, failAfterMs, pace),
    counted: {
      windowMs,
      neededForTotal: needed(0) ?? minRequests,
      neededForPartial: needed(1 - PARTIAL_FAILURE),
      falseAlarm: worstFalseAlarm(failBelow, minRequests),
    },
  };
}

/**
 * The time to detect that the part `failing` of the requests begins to fail; null: it is never detected. For many requests at a
 * constant rate, all good before: the share falls below the threshold θ of a window W after W(1−θ)/failing. A scrape, a tick
 * and `failAfter` come on top.
 */
export function timeToSee(
  { failBelow, windowMs, earlyWhenSure = false }: Omit<CountedSignal, "minRequests">,
  failing: number,
  failAfterMs: number,
  pace: Pace,
): TimeToSee | null {
  if (1 - failing >= failBelow) return null;
  const crossesMs = (windowMs * (1 - failBelow)) / failing;
  const lastsMs = lasting(failAfterMs, pace);
  const early = earlyWhenSure && logRatio({ good: 1 - failing, total: 1 }, failBelow) > 0 ? earlyTime(pace) : null;
  const waits = { bestMs: Math.min(lastsMs, early?.bestMs ?? lastsMs), worstMs: Math.min(lastsMs, early?.worstMs ?? lastsMs) };
  return { bestMs: crossesMs + waits.bestMs, worstMs: crossesMs + pace.scrapeMs + pace.intervalMs + waits.worstMs };
}

/** The time from the first tick that finds a backend unfit to the one that leaves no doubt: the first may add little. */
function earlyTime({ scrapeMs, intervalMs }: Pace): TimeToSee {
  const rarestMs = Math.ceil(scrapeMs / intervalMs) * intervalMs;
  return { bestMs: intervalMs, worstMs: 2 * rarestMs };
}

/** `failAfter` rounded up to the tick that acts. */
function lasting(failAfterMs: number, { intervalMs }: Pace): number {
  return Math.max(0, Math.ceil(failAfterMs / intervalMs - TOLERANCE_OF_INTERVAL)) * intervalMs;
}

/** A tick follows the watch event at once, and the end of a wait is seen at a regular one. */
function readinessTime(failAfterMs: number, { intervalMs }: Pace): TimeToSee {
  return { bestMs: failAfterMs, worstMs: failAfterMs + READINESS_LIMIT_MS + (failAfterMs > 0 ? intervalMs : 0) };
}

/** Counted from when the service mirror finds the gateway dead. */
function gatewayTime(failAfterMs: number, pace: Pace): TimeToSee {
  const { scrapeMs, intervalMs } = pace;
  const surelyMs = (GATEWAY_TICKS - 1) * intervalMs + lasting(failAfterMs, pace);
  return { bestMs: surelyMs, worstMs: scrapeMs + intervalMs + surelyMs };
}

/** The operators' own queries are sent separately, so their answer is used one tick later. */
function queryTime(failAfterMs: number, pace: Pace): TimeToSee {
  const lastsMs = lasting(failAfterMs, pace);
  return { bestMs: pace.intervalMs + lastsMs, worstMs: pace.scrapeMs + 2 * pace.intervalMs + lastsMs };
}

/** The fewest requests for which the share `seen` of good ones is significantly below `failBelow`; null: no number is enough. */
export function requestsNeeded(failBelow: number, seen: number): number | null {
  if (seen >= failBelow) return null;
  const suffices = (total: number) => wilson(seen * total, total).upper < failBelow;
  if (!suffices(MOST_REQUESTS)) return null;
  // The upper bound falls with every request.
  let [few, enough] = [0, MOST_REQUESTS];
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (suffices(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}
