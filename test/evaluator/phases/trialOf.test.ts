import { describe, expect, it } from "vitest";
import type { SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import { wilson } from "../../../src/evaluator/model/wilson.ts";
import type { Exam } from "../../../src/evaluator/phases/exam.ts";
import { judgeTrial } from "../../../src/evaluator/phases/judgeTrial.ts";
import type { BackendTick } from "../../../src/evaluator/phases/nextPhase.ts";
import { isTried, trialOf } from "../../../src/evaluator/phases/trialOf.ts";

const EVERY_MS = 30_000;
const TICK_MS = 5_000;
const THRESHOLDS = { failBelow: 0.9, recoverAbove: 0.98, windowMs: 30_000, minRequests: 20 };
type Window = readonly [good: number, total: number];

function signal([good, total]: Window): SignalJudgement {
  const isQuiet = total < THRESHOLDS.minRequests;
  const opinion = isQuiet ? "quiet" : "between";
  const counted = { opinion, good, total, interval: wilson(good, total), thresholds: THRESHOLDS, unaccounted: 0 } as const;
  return {
    ...{ signal: "successRate", cause: "successRate", opinion, interval: null },
    reading: isQuiet ? { state: "quiet", good, total } : { state: "value", good, total },
    reasons: [{ kind: "share", signal: "successRate", ...counted }],
  };
}

/** The tick whose window holds `now`, after one whose window held `before`. Nothing is promised: the burst is over. */
function tickOf(before: Window, now: Window): BackendTick & { readonly exam: Exam } {
  const judgement = (soft: Window) => ({
    ...({ verdict: "unknown", hard: [], readyEndpoints: 1, endpoints: null, hasUnseenEndpoints: false } as const),
    ...{ countsUnclear: null, cluster: null, soft: [signal(soft)] },
  });
  const answers = { good: now[0], total: now[1], promised: 0, leastPromised: 0 };
  const exam: Exam = {
    judged: signal(now),
    thresholds: THRESHOLDS,
    answers,
    share: 0.05,
    carriers: null,
    usual: null,
    isMonitoringAway: false,
  };
  return {
    ...{ nowMs: 0, sinceLastMs: TICK_MS, toleranceMs: 500, judgement: judgement(now), judgedBefore: judgement(before), exam },
    ...{ desiredIsLive: true, hasLoad: true, heldBy: null, metricsFrozen: false, holdsLoad: false },
  };
}

/** The result of a step of 30 s, which begins after a window with `before`, and whose first window holds `first`, and the last one nothing. */
function stepOf(before: Window, first: Window): string {
  let trial = trialOf(null, tickOf(before, first));
  for (let at = TICK_MS; at < EVERY_MS; at += TICK_MS) trial = trialOf(trial, tickOf(first, first));
  const { exam } = tickOf(first, [0, 0]);
  trial = trialOf(trial, tickOf(first, [0, 0]));
  const { result, reason } = judgeTrial(trial, exam, { lastedMs: EVERY_MS, everyMs: EVERY_MS, isLast: false, isSmall: false });
  return `${result}: ${reason.why}`;
}

describe("what a backend answered before the weights of its step were seen", () => {
  it.each<[string, Window, Window, string]>([
    ["holds the step if it failed", [0, 0], [0, 1], "held: tooFew"],
    ["ends the return if enough failed", [0, 0], [0, 3], "failed: unfit"],
    ["does not hold it if it was good", [0, 0], [2, 2], "passed: enough"],
    ["is not what failed before the last tick", [0, 2], [0, 2], "passed: enough"],
    ["nor what fails while other failures leave the window", [0, 3], [0, 2], "passed: enough"],
  ])("%s", (_, before, first, expected) => expect(stepOf(before, first)).toBe(expected));

  it("is left out where a window has enough requests to judge", () => {
    expect(trialOf(null, tickOf([100, 100], [95, 100])).over.total).toBe(0);
    expect(trialOf(null, tickOf([10, 10], [10, 11])).over).toMatchObject({ promised: 0, leastPromised: 0 });
    expect(trialOf(null, tickOf([10, 10], [10, 11])).over.total).toBeGreaterThanOrEqual(1);
  });
});

describe("a backend is tried", () => {
  const tried = ({ exam: more, ...tick }: { exam?: Partial<Exam> | null; metricsFrozen?: boolean }): boolean => {
    const known = tickOf([0, 0], [5, 5]);
    return isTried({ ...known, ...tick, exam: more === null ? null : { ...known.exam, ...more } });
  };
  const judged = (opinion: "missing" | "failed" | "quiet") => ({ ...signal([0, 0]), opinion });

  it("if requests are sent to it, and Prometheus can tell what became of them", () => {
    expect(tried({})).toBe(true);
    expect(tried({ exam: null })).toBe(false);
    expect(tried({ exam: { share: 0 } })).toBe(false);
    expect(tried({ metricsFrozen: true })).toBe(false);
    expect(tried({ exam: { judged: judged("failed") } })).toBe(false);
  });

  it("by requests that are missing, unless all others' are missing, too", () => {
    expect(tried({ exam: { judged: judged("missing") } })).toBe(true);
    expect(tried({ exam: { judged: judged("missing"), isMonitoringAway: true } })).toBe(false);
    expect(tried({ exam: { judged: judged("quiet"), isMonitoringAway: true } })).toBe(true);
  });

  it("so its trial goes on, else the time without an answer does", () => {
    const begun = trialOf(null, tickOf([0, 0], [0, 0]));
    const tick = tickOf([0, 0], [5, 5]);
    const seen = trialOf(begun, tick);
    expect(seen).toMatchObject({ lastedMs: TICK_MS, silentMs: 0 });
    for (const unseen of [
      { ...tick, exam: null },
      { ...tick, metricsFrozen: true },
    ]) {
      expect(trialOf(seen, unseen)).toMatchObject({ lastedMs: TICK_MS, silentMs: TICK_MS });
    }
  });
});
