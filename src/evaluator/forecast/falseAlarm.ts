import { wilson } from "../model/wilson.ts";
import { atLeastFailures, atLeastFailuresLimit } from "./binomial.ts";

/** The share of requests that a healthy service fails: 1 %. */
const HEALTHY_FAILURE = 0.01;
/** More requests in a window than most backends answer: 330 a second in 30 s. */
export const BUSY_REQUESTS = 10_000;

/** The probability, 0..1, that a window with exactly `total` requests is unfit for a backend that fails 1 % of them. */
export function falseAlarmAt(failBelow: number, total: number): number {
  return atLeastFailures(total, fewestFailures(failBelow, total, 0), HEALTHY_FAILURE);
}

/**
 * The highest `falseAlarmAt` from `minRequests` to `BUSY_REQUESTS`. Every number of requests is tried, because the probability
 * rises with each request and falls where one more failure is needed.
 */
export function worstFalseAlarm(failBelow: number, minRequests: number): number {
  let failures = 0;
  let worst = 0;
  for (let total = minRequests; total <= Math.max(minRequests, BUSY_REQUESTS); total++) {
    // More requests never need fewer failures.
    failures = fewestFailures(failBelow, total, failures);
    if (atLeastFailuresLimit(total, failures, HEALTHY_FAILURE) <= worst) continue;
    worst = Math.max(worst, atLeastFailures(total, failures, HEALTHY_FAILURE));
  }
  return worst;
}

/** The fewest failures, but at least `from`, that are unfit among `total` requests; more than `total`: no number is enough. */
function fewestFailures(failBelow: number, total: number, from: number): number {
  let failures = from;
  while (failures <= total && wilson(total - failures, total).upper >= failBelow) failures += 1;
  return failures;
}
