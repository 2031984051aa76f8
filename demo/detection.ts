import { wilson } from "../src/evaluator/model/wilson.ts";

export interface Detectable {
  readonly requestsASecond: number;
  readonly windowMs: number;
  readonly failBelow: number;
  /** The share of good requests after the fault; before it all were good. */
  readonly successShare: number;
  readonly scrapeIntervalMs: number;
  readonly failAfterMs: number;
  readonly intervalMs: number;
}

export interface DetectionLimit {
  /** Until enough bad requests are in the window for the threshold to be crossed beyond doubt; null: never. */
  readonly crossMs: number | null;
  /** The longest that the controller may take from the fault to its write; null: it never sees it. */
  readonly limitMs: number | null;
}

/** For the query and the write, which on one machine take milliseconds. */
const QUERY_AND_WRITE_MS = 300;
const STEP_MS = 10;

/** How soon a fault can be seen at all: window, scrape, evidence and tick add up. */
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
