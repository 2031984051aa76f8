import { wilson } from "../src/evaluator/model/wilson.ts";

export interface Detectable {
  readonly requestsASecond: number;
  readonly windowMs: number;
  readonly failBelow: number;
  /** The share of good requests after the fault; before it, all were good. */
  readonly successShare: number;
  readonly scrapeIntervalMs: number;
  readonly failAfterMs: number;
  readonly intervalMs: number;
}

export interface DetectionLimit {
  /** Time until the window has enough bad requests for the backend to be unfit; null: never. */
  readonly crossMs: number | null;
  /** The longest time from the fault to the write; null: the fault is never detected. */
  readonly limitMs: number | null;
}

/** For the query and the write, which take milliseconds on one machine. */
const QUERY_AND_WRITE_MS = 300;
const STEP_MS = 10;

/** The longest time until a fault is detected: window, scrape, failAfter and tick add up. */
export function detectionLimit(fault: Detectable): DetectionLimit {
  const crossMs = crossing(fault);
  if (crossMs === null) return { crossMs: null, limitMs: null };
  return { crossMs, limitMs: crossMs + fault.scrapeIntervalMs + fault.failAfterMs + fault.intervalMs + QUERY_AND_WRITE_MS };
}

function crossing({ requestsASecond, windowMs, failBelow, successShare }: Detectable): number | null {
  const total = (requestsASecond * windowMs) / 1_000;
  for (let elapsedMs = 0; elapsedMs <= windowMs; elapsedMs += STEP_MS) {
    const bad = (requestsASecond * elapsedMs * (1 - successShare)) / 1_000;
    if (wilson(total - bad, total).upper < failBelow) return elapsedMs;
  }
  return null;
}
