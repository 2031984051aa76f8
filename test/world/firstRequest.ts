import type { Rule } from "../../src/rules/ruleSet.ts";
import { sharesIn } from "./remembered.ts";
import type { SceneSplit } from "./sceneRoute.ts";
import type { Traffic } from "./traffic.ts";

/** With so many requests in expectation, there is none only once in twenty thousand times. */
const CERTAIN_REQUESTS = 10;

/**
 * After this time a backend on the smallest step of a return has certainly had a request: the last step waits for a good one. Where
 * requests come all the time, that is soon.
 */
export function firstRequestMs(traffic: Traffic | undefined, splits: readonly SceneSplit[], { return: { steps } }: Rule): number {
  if (traffic === undefined || traffic.batches === null) return 0;
  const { rate, batches } = traffic;
  const shares = splits.flatMap((split) => [...sharesIn(split).values()].filter((share) => share > 0));
  const smallest = (Math.min(...shares) * (steps[0] ?? 1)) / splits.length;
  const requests = (rate * smallest * batches.lastMs) / 1_000;
  return (CERTAIN_REQUESTS / requests) * batches.everyMs;
}
