import { expect, it } from "vitest";
import type { Observation } from "../../src/evaluator/model/observation.ts";
import { initialState } from "../../src/evaluator/model/state.ts";
import { step } from "../../src/evaluator/step.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";

const HOUR_MS = 3_600_000;

/** By how much the wall clock is ahead at each of some ticks, as it is read, and as it counts. */
function counted(...readMs: readonly number[]): readonly (number | undefined)[] {
  let state = initialState(5_000, "test");
  return readMs.map((aheadMs, tick) => {
    const nowMs = 5_000 * tick;
    const observation: Observation = { routes: [], endpoints: new Map(), metrics: null, clusters: new Map(), wallMs: nowMs + aheadMs };
    state = step(state, observation, DEFAULT_RULES, nowMs).state;
    return state.aheadMs;
  });
}

it("times that are shown do not shift with each reading of the wall clock, but when it is set", () => {
  expect(counted(HOUR_MS, HOUR_MS - 1, HOUR_MS + 3)).toEqual([HOUR_MS, HOUR_MS, HOUR_MS]);
  expect(counted(0, HOUR_MS, 2)).toEqual([0, HOUR_MS, 2]);
});
