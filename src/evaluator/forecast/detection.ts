import type { Rule } from "../../rules/ruleSet.ts";
import { wilson } from "../model/wilson.ts";
import { worstFalseAlarm } from "./falseAlarm.ts";

/** What no rule says and every wait depends on. */
export interface Pace {
  /** Time between two scrapes of the proxies. */
  readonly scrapeMs: number;
  /** Time between two ticks of ours. */
  readonly intervalMs: number;
}

/** From the first bad request to the decision; the last comes on top: how long such a request takes to end. */
export interface TimeToSee {
  readonly bestMs: number;
  readonly worstMs: number;
}

/** How soon a signal can see that a backend is going bad, and how seldom it is wrong. */
export interface Detection {
  readonly signal: string;
  /** When nothing is good any more. */
  readonly total: TimeToSee;
  /** When so much fails as `PARTIAL_FAILURE` says; null: it never sees that. Absent: it knows no parts. */
  readonly partial?: TimeToSee | null;
  /** Of signals that count requests. */
  readonly counted?: {
    readonly windowMs: number;
    /** Requests in a window that it takes to see a total failure, and a partial one. */
    readonly neededForTotal: number;
    readonly neededForPartial: number | null;
    /** The probability that one window speaks against a backend that fails one request in a hundred, with as many requests as make that likeliest. */
    readonly falseAlarm: number;
  };
}

/** A partial failure: one in five. */
const PARTIAL_FAILURE = 0.2;
/** Readiness acts within this time of the watch's event. */
const READINESS_LIMIT_MS = 1_000;
/** Ticks in a row that must see a gateway dead. */
const GATEWAY_LOOKS = 2;
/** Prometheus is asked for gateways that were dead for so long. */
const GATEWAY_DEAD_FOR_MS = 10_000;
/** A wait is over this part of the interval early. */
const TOLERANCE_OF_INTERVAL = 0.1;
/** More requests than this nobody sends in a window. */
const MOST_REQUESTS = 1_000_000;

/** Every signal of a rule that is on, in the order of the file's format. */
export function detectionsOf(rule: Rule, pace: Pace): readonly Detection[] {
  const { readiness, successRate, latency, unanswered, gateway, queries } = rule.signals;
  const share = (signal: string, counted: CountedSignal) => shareDetection(signal, counted, rule.failAfterMs, pace);
  return [
    ...(readiness === undefined ? [] : [{ signal: "readiness", total: { bestMs: 0, worstMs: READINESS_LIMIT_MS } }]),
    ...(successRate === undefined ? [] : [share("successRate", successRate)]),
    ...(latency === undefined ? [] : [share("latency", latency)]),
    ...(unanswered === undefined ? [] : [share("unanswered", { ...unanswered, failBelow: 1 - unanswered.failAbove })]),
    ...(gateway === undefined ? [] : [{ signal: "gateway", total: gatewayTime(pace) }]),
    ...(queries ?? []).map(({ name }) => ({ signal: `query ${name}`, total: queryTime(rule.failAfterMs, pace) })),
  ];
}

/** From being well again to all of its traffic: at the soonest, and after many relapses. */
export function timeBack(rule: Rule): TimeToSee {
  const stepsMs = rule.return.steps.length * rule.return.everyMs;
  const longestWaitMs = rule.damping.factor > 1 ? Math.max(rule.recoverAfterMs, rule.damping.maxMs) : rule.recoverAfterMs;
  return { bestMs: rule.recoverAfterMs + stepsMs, worstMs: longestWaitMs + stepsMs };
}

interface CountedSignal {
  readonly failBelow: number;
  readonly windowMs: number;
  readonly minRequests: number;
}

function shareDetection(signal: string, counted: CountedSignal, failAfterMs: number, pace: Pace): Detection {
  const { failBelow, windowMs, minRequests } = counted;
  const needed = (seen: number) => {
    const requests = requestsToConvict(failBelow, seen);
    return requests === null ? null : Math.max(minRequests, requests);
  };
  const total = timeToSee(counted, 1, failAfterMs, pace);
  return {
    signal,
    // Below a threshold of 0 nothing fails: the schema refuses that.
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
 * With plenty of requests at a constant rate, of which all were good until now and this part fails from now on: the
 * window's share falls below the threshold after W(1−θ)/failing. Then a scrape, a tick, and the evidence must last.
 */
export function timeToSee(
  { failBelow, windowMs }: Omit<CountedSignal, "minRequests">,
  failing: number,
  failAfterMs: number,
  pace: Pace,
): TimeToSee | null {
  if (1 - failing >= failBelow) return null;
  const crossesMs = (windowMs * (1 - failBelow)) / failing;
  const lastsMs = lasting(failAfterMs, pace);
  return { bestMs: crossesMs + lastsMs, worstMs: crossesMs + pace.scrapeMs + pace.intervalMs + lastsMs };
}

/** How long evidence lasts until the tick that acts on it. */
function lasting(failAfterMs: number, { intervalMs }: Pace): number {
  return Math.max(0, Math.ceil(failAfterMs / intervalMs - TOLERANCE_OF_INTERVAL)) * intervalMs;
}

function gatewayTime({ scrapeMs, intervalMs }: Pace): TimeToSee {
  const surelyMs = GATEWAY_DEAD_FOR_MS + (GATEWAY_LOOKS - 1) * intervalMs;
  return { bestMs: surelyMs, worstMs: scrapeMs + intervalMs + surelyMs };
}

/** The operators' own queries run aside: what they tell is heard one tick later. */
function queryTime(failAfterMs: number, pace: Pace): TimeToSee {
  const lastsMs = lasting(failAfterMs, pace);
  return { bestMs: pace.intervalMs + lastsMs, worstMs: pace.scrapeMs + 2 * pace.intervalMs + lastsMs };
}

/** The fewest requests of which this share is good that speak against a backend beyond doubt; null: no number does. */
export function requestsToConvict(failBelow: number, seen: number): number | null {
  if (seen >= failBelow) return null;
  const convicts = (total: number) => wilson(seen * total, total).upper < failBelow;
  if (!convicts(MOST_REQUESTS)) return null;
  // The upper bound falls with every request.
  let [few, enough] = [0, MOST_REQUESTS];
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (convicts(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}
