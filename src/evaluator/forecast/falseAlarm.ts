import { wilson } from "../model/wilson.ts";
import { atLeastFailures, atLeastFailuresLimit } from "./binomial.ts";

/** What a well service fails all the time: one in a hundred. */
const HEALTHY_FAILURE = 0.01;
/** As many requests as a busy backend answers in a window, and some more: 330 a second in 30 s. */
export const BUSY_REQUESTS = 10_000;

/** The probability that a window with exactly so many requests speaks against a backend that fails one in a hundred. */
export function falseAlarmAt(failBelow: number, total: number): number {
  return atLeastFailures(total, fewestToConvict(failBelow, total, 0), HEALTHY_FAILURE);
}

/**
 * The same at the number of requests where it is greatest, from `minRequests` to `BUSY_REQUESTS`. It goes up and down with
 * them: one failure less than convicts becomes likelier with each request, until the next one is needed.
 */
export function worstFalseAlarm(failBelow: number, minRequests: number): number {
  let failures = 0;
  let worst = 0;
  for (let total = minRequests; total <= Math.max(minRequests, BUSY_REQUESTS); total++) {
    // More requests never need fewer failures.
    failures = fewestToConvict(failBelow, total, failures);
    if (atLeastFailuresLimit(total, failures, HEALTHY_FAILURE) <= worst) continue;
    worst = Math.max(worst, atLeastFailures(total, failures, HEALTHY_FAILURE));
  }
  return worst;
}

/** The fewest failures of so many requests that speak against a backend beyond doubt, and no fewer than these; more than all: none do. */
function fewestToConvict(failBelow: number, total: number, from: number): number {
  let failures = from;
  while (failures <= total && wilson(total - failures, total).upper >= failBelow) failures += 1;
  return failures;
}
