import { describe, expect, it } from "vitest";
import { detectionsOf, requestsNeeded, timeBack, timeToSee } from "../../../src/evaluator/forecast/detection.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import type { Rule } from "../../../src/rules/ruleSet.ts";

const PACE = { scrapeMs: 10_000, intervalMs: 5_000 };

function ruleOf(yaml: string): Rule {
  const parsed = parseRules(`version: 1\nrules: [{name: own, ${yaml}}]`, "rules");
  if (!parsed.ok || parsed.rules.rules[0] === undefined) throw new Error(JSON.stringify(parsed));
  return parsed.rules.rules[0];
}

/** The detection time for scrapes every 10 s, ticks every 5 s and a `failAfter` of 10 s. */
it.each([
  [30, 0.9, 1, 13, 28],
  [60, 0.9, 1, 16, 31],
  [60, 0.9, 0.2, 40, 55],
])("a window of %i s below %f, failing %f: %i to %i s", (window, failBelow, failing, best, worst) => {
  const seen = timeToSee({ windowMs: window * 1_000, failBelow }, failing, 10_000, PACE);
  expect([seen?.bestMs, seen?.worstMs].map((ms) => Math.round(Number(ms)))).toEqual([best * 1_000, worst * 1_000]);
});

it("never detects 9 % failures with failBelow 90 %", () => {
  expect(timeToSee({ windowMs: 60_000, failBelow: 0.9 }, 0.09, 10_000, PACE)).toBeNull();
});

it("waits for the tick at which the evidence has lasted, which may be later than failAfter", () => {
  const worstMs = (failAfterMs: number) => timeToSee({ windowMs: 30_000, failBelow: 0.9 }, 1, failAfterMs, PACE)?.worstMs;
  expect([0, 1_000, 5_000, 5_400, 6_000, 10_400].map(worstMs)).toEqual(
    [18_000, 23_000, 23_000, 23_000, 28_000, 28_000].map((ms) => expect.closeTo(ms, 3)),
  );
});

it("waits less if it ends early, but only where failures are beyond doubt", () => {
  const seen = (failing: number, earlyWhenSure: boolean) =>
    timeToSee({ windowMs: 30_000, failBelow: 0.9, earlyWhenSure }, failing, 60_000, PACE) ?? { bestMs: 0, worstMs: 0 };
  const rounded = ({ bestMs, worstMs }: { bestMs: number; worstMs: number }) => [Math.round(bestMs), Math.round(worstMs)];
  expect(rounded(seen(1, false))).toEqual([63_000, 78_000]);
  // One tick more at best; at worst two scrapes.
  expect(rounded(seen(1, true))).toEqual([8_000, 38_000]);
  expect(seen(0.2, true)).toEqual(seen(0.2, false));
});

it.each([
  [0.9, 0.8, 35],
  [0.9, 0.85, 139],
  [0.95, 0.8, 9],
  [0.95, 0.9, 73],
  [0.99, 0.9, 5],
  [0.9, 0.9, null],
])("below %f, seen %f: %s requests are needed", (failBelow, seen, requests) => {
  expect(requestsNeeded(failBelow, seen)).toBe(requests);
});

describe("a rule", () => {
  it("has a detection for each signal that is on, and for no other", () => {
    const signals =
      "signals: {readiness: {}, successRate: {}, latency: {under: 1s, failBelow: 90%, recoverAbove: 95%}, unanswered: {failAbove: 90%, recoverBelow: 50%}, gateway: {}, queries: [{name: queue, query: 'max(q)', failAbove: 2, recoverBelow: 1}]}";
    const found = detectionsOf(ruleOf(signals), PACE).map(({ signal, total }) => [
      signal,
      Math.round(total.bestMs),
      Math.round(total.worstMs),
    ]);
    expect(found).toEqual([
      ["readiness", 0, 1_000],
      ["successRate", 13_000, 28_000],
      ["latency", 16_000, 31_000],
      ["unanswered", 37_000, 52_000],
      ["gateway", 5_000, 20_000],
      ["query queue", 15_000, 30_000],
    ]);
    expect(detectionsOf(ruleOf("signals: {readiness: {}}"), PACE)).toHaveLength(1);
  });

  it("has the requests needed to detect a failure, and the odds of a false alarm", () => {
    const [found] = detectionsOf(ruleOf("signals: {successRate: {}}"), PACE);
    expect(found?.counted).toMatchObject({ windowMs: 30_000, neededForTotal: 20, neededForPartial: 35 });
    // At least 5 of 22, where each fails with 1 %: 26334 × 0.01⁵ × 0.99¹⁷ and a little more.
    expect(found?.counted?.falseAlarm).toBeCloseTo(2.28e-6, 7);
    const [strict] = detectionsOf(ruleOf("signals: {successRate: {failBelow: 50%, recoverAbove: 60%}}"), PACE);
    expect([strict?.partial, strict?.counted?.neededForPartial]).toEqual([null, null]);
  });

  it("says how long a return takes", () => {
    expect(timeBack(ruleOf("failAfter: 10s"))).toEqual({ bestMs: 150_000, worstMs: 1_890_000 });
    expect(timeBack(ruleOf("damping: {factor: 1}, return: {steps: []}"))).toEqual({ bestMs: 60_000, worstMs: 60_000 });
  });
});
