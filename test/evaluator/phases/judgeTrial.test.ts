import { describe, expect, it } from "vitest";
import type { SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import { type Answers, beginTrial, continueTrial, NO_ANSWERS } from "../../../src/evaluator/model/trial.ts";
import type { Exam } from "../../../src/evaluator/phases/exam.ts";
import { judgeTrial } from "../../../src/evaluator/phases/judgeTrial.ts";

const WINDOW_MS = 30_000;
const EVERY_MS = 30_000;
const WELL = { good: 10_000, total: 10_000 };

interface Case {
  /** Good and answered requests, and those that were promised, since the step began. */
  readonly good: number;
  readonly total: number;
  readonly promised: number | null;
  /** Those that were promised without doubt; the same unless it is said. */
  readonly leastPromised?: number;
  /** For how many windows it has lasted. */
  readonly windows?: number;
  readonly isLast?: boolean;
  readonly isSmall?: boolean;
  readonly opinion?: Opinion;
  readonly carriers?: Exam["carriers"];
  readonly usual?: Exam["usual"];
  readonly everyMs?: number;
  readonly failBelow?: number;
}

/** The result after whole windows with these answers in all of them together. */
function judged({
  good,
  total,
  promised,
  leastPromised = promised ?? 0,
  windows = 1,
  isLast = false,
  isSmall = false,
  opinion = "quiet",
  carriers = WELL,
  usual = null,
  everyMs = EVERY_MS,
  failBelow = 0.9,
}: Case): string {
  const signal: SignalJudgement = {
    ...{ signal: "successRate", cause: "successRate", opinion, interval: null, reasons: [] },
    reading: { state: "quiet", good, total },
  };
  const inWindow: Answers = {
    ...{ good: good / windows, total: total / windows, promised: promised === null ? null : promised / windows },
    leastPromised: promised === null ? null : leastPromised / windows,
  };
  let trial = beginTrial({ ...NO_ANSWERS, promised: promised === null ? null : 0, leastPromised: promised === null ? null : 0 });
  for (let window = 0; window < windows; window++) trial = continueTrial(trial, inWindow, WINDOW_MS, WINDOW_MS);
  const thresholds = { failBelow, recoverAbove: 0.98, windowMs: WINDOW_MS, minRequests: 20 };
  const exam: Exam = { judged: signal, thresholds, answers: inWindow, share: 1, carriers, usual, isMonitoringAway: false };
  const { result, reason } = judgeTrial(trial, exam, { lastedMs: windows * WINDOW_MS, everyMs, isLast, isSmall });
  return `${result}: ${reason.why}`;
}

describe("a step is followed by the next on successes", () => {
  it.each<[string, Case, string]>([
    ["20 good answers", { good: 20, total: 20, promised: 1_000 / 30 }, "passed: enough"],
    ["19 of 20 that are needed", { good: 19, total: 19, promised: 20 }, "held: tooFew"],
    ["what three windows promise", { good: 9, total: 9, promised: 9, windows: 3 }, "passed: enough"],
    ["one less than three windows promise", { good: 8, total: 8, promised: 9, windows: 3 }, "held: tooFew"],
    ["two answers of three that are needed", { good: 2, total: 2, promised: 3 }, "held: tooFew"],
    ["98 of 100 good", { good: 98, total: 100, promised: 100 }, "passed: enough"],
    ["half a request bad of nine: counts are extrapolated", { good: 8.6, total: 9, promised: 9, windows: 3 }, "passed: enough"],
    ["97 of 100 good, significantly worse than all good", { good: 97, total: 100, promised: 100 }, "held: worse"],
    ["97 of 100 good, as the carriers", { good: 97, total: 100, promised: 100, carriers: { good: 97, total: 100 } }, "passed: enough"],
    ["97 of 100 good, and nothing to compare with", { good: 97, total: 100, promised: 100, carriers: null }, "held: worse"],
    ["97 of 100 good, as usual", { good: 97, total: 100, promised: 100, usual: { good: 970, total: 1_000 } }, "passed: enough"],
    [
      "97 of 100 good, as usual, and nothing to compare with",
      { good: 97, total: 100, promised: 100, carriers: null, usual: { good: 970, total: 1_000 } },
      "passed: enough",
    ],
    ["95 of 100 good, which may be unfit", { good: 95, total: 100, promised: 100, usual: { good: 950, total: 1_000 } }, "held: worse"],
    ["970 of 1000 good, usually 990", { good: 970, total: 1_000, promised: 1_000, usual: { good: 990, total: 1_000 } }, "held: worse"],
    ["50 of 100 good, as usual", { good: 50, total: 100, promised: 100, usual: { good: 50, total: 100 } }, "held: unfit"],
    ["50 of 100 good", { good: 50, total: 100, promised: 100, carriers: { good: 50, total: 100 } }, "held: unfit"],
    ["20 of 40 good, too few in each window", { good: 20, total: 40, promised: 40, windows: 4 }, "failed: unfit"],
    ["earlier failures, and now a fit window", { good: 97, total: 100, promised: 100, opinion: "fit" }, "passed: enough"],
    [
      "40 of 100 good, which is fit here, but not half as well as the carriers",
      { good: 40, total: 100, promised: 100, failBelow: 0.3 },
      "held: worse",
    ],
    ["the same after 3 × every", { good: 160, total: 400, promised: 400, windows: 4, failBelow: 0.3 }, "failed: worse"],
    [
      "60 of 100 good, better than the carriers",
      { good: 60, total: 100, promised: 100, carriers: { good: 20, total: 100 } },
      "passed: enough",
    ],
    ["half of the answers bad in all of many windows", { good: 200, total: 400, promised: 400, windows: 4 }, "failed: unfit"],
    [
      "half of them bad in all of many windows, as of the carriers",
      { good: 200, total: 400, promised: 400, windows: 4, carriers: { good: 50, total: 100 } },
      "held: unfit",
    ],
    ["enough answers, but none now", { good: 90, total: 90, promised: 100, opinion: "missing" }, "held: tooFew"],
  ])("with %s", (_, given, result) => expect(judged(given)).toBe(result));
});

describe("without enough requests a step is followed", () => {
  it.each<[string, Case, string]>([
    ["by time where fewer than three a window are promised", { good: 0, total: 0, promised: 2.9 }, "passed: enough"],
    ["not by time where three are", { good: 0, total: 0, promised: 3 }, "held: tooFew"],
    ["not while one of two answers is bad", { good: 1, total: 2, promised: 2 }, "held: tooFew"],
    ["at once after three bad ones", { good: 0, total: 3, promised: 3, windows: 2 }, "failed: unfit"],
    [
      "not after three bad ones where the carriers answer none either",
      { good: 0, total: 3, promised: 3, windows: 2, carriers: { good: 0, total: 60 } },
      "held: unfit",
    ],
    [
      "after as many bad ones as it takes where the carriers are unfit, but better",
      { good: 0, total: 12, promised: 12, windows: 2, carriers: { good: 30, total: 60 } },
      "failed: unfit",
    ],
    ["not by the whole without a good answer", { good: 0, total: 0, promised: 2, isLast: true }, "held: untested"],
    ["by the whole without one, if that is little", { good: 0, total: 0, promised: 2, isLast: true, isSmall: true }, "passed: enough"],
    ["by the whole after one", { good: 1, total: 1, promised: 2, isLast: true }, "passed: enough"],
    ["by time where the promise is unknown and it is quiet", { good: 1, total: 1, promised: null }, "passed: enough"],
    [
      "not where the promise is unknown and its series are missing",
      { good: 0, total: 0, promised: null, opinion: "missing" },
      "held: unanswered",
    ],
  ])("%s", (_, given, result) => expect(judged(given)).toBe(result));
});

describe("a backend that does not answer what it was promised", () => {
  it.each<[string, Case, string]>([
    ["waits", { good: 0, total: 0, promised: 10 }, "held: unanswered"],
    ["waits before 3 × every", { good: 0, total: 0, promised: 20, windows: 2 }, "held: unanswered"],
    [
      "waits where they may have been sent before the step",
      { good: 0, total: 0, promised: 30, leastPromised: 12, windows: 3 },
      "held: unanswered",
    ],
    ["waits where perhaps none was promised", { good: 0, total: 0, promised: 30, leastPromised: 0, windows: 3 }, "held: unanswered"],
    ["relapses after 3 × every", { good: 0, total: 0, promised: 30, windows: 3 }, "failed: unanswered"],
    ["does so with a trickle of good answers", { good: 3, total: 3, promised: 30, windows: 3 }, "failed: unanswered"],
    [
      "does not by chance: none of 12 promised requests may have been sent to it",
      { good: 0, total: 0, promised: 12, windows: 4 },
      "held: unanswered",
    ],
    ["does where none of 13 was answered", { good: 0, total: 0, promised: 13, windows: 4 }, "failed: unanswered"],
    ["does not by chance: 3 of 14", { good: 3, total: 3, promised: 14, windows: 3 }, "held: unanswered"],
    ["does not where it answers half of it", { good: 15, total: 15, promised: 30, windows: 3 }, "held: tooFew"],
    [
      "does not before late answers are counted, however short the steps",
      { good: 0, total: 0, promised: 30, everyMs: 5_000 },
      "held: unanswered",
    ],
    [
      "relapses where the promise is unknown, too",
      { good: 0, total: 0, promised: null, windows: 3, opinion: "missing" },
      "failed: unanswered",
    ],
  ])("%s", (_, given, result) => expect(judged(given)).toBe(result));
});

describe("what a step began with", () => {
  const signal: SignalJudgement = {
    ...{ signal: "successRate", cause: "successRate", opinion: "between", interval: null, reasons: [] },
    reading: { state: "value", good: 97, total: 100 },
  };
  const thresholds = { failBelow: 0.9, recoverAbove: 0.98, windowMs: WINDOW_MS, minRequests: 20 };
  const promised = { promised: 100, leastPromised: 100 };
  /** Its first window was an outage; this one has 97 of 100 good. */
  const after = (lastedMs: number, opinion: Opinion, usual: Exam["usual"]): string => {
    const trial = { over: { good: 0, total: 100, ...promised }, before: NO_ANSWERS, lapsedMs: WINDOW_MS, lastedMs, silentMs: 0 };
    const answers = { good: 97, total: 100, ...promised };
    const exam = { judged: { ...signal, opinion }, thresholds, answers, share: 1, carriers: WELL, usual, isMonitoringAway: false };
    const { result, reason } = judgeTrial(trial, exam, { lastedMs, everyMs: 600_000, isLast: false, isSmall: false });
    return `${result}: ${reason.why}`;
  };

  it("does not hold it once a whole window since then is fit, or as usual", () => {
    expect(after(WINDOW_MS, "fit", null)).toBe("passed: enough");
    expect(after(WINDOW_MS, "between", { good: 970, total: 1_000 })).toBe("passed: enough");
    expect(after(WINDOW_MS, "between", null)).toBe("held: unfit");
  });

  it("holds it before", () => {
    expect(after(WINDOW_MS - 1, "fit", null)).toBe("held: unfit");
  });
});

describe("a step of which nothing is counted yet", () => {
  const signal: SignalJudgement = {
    ...{ signal: "successRate", cause: "successRate", opinion: "quiet", interval: null, reasons: [] },
    reading: { state: "quiet", good: 0, total: 0 },
  };
  const thresholds = { failBelow: 0.9, recoverAbove: 0.98, windowMs: WINDOW_MS, minRequests: 20 };
  /** The window is still that with which the step began. */
  const result = (total: number, promised: number | null): string => {
    const answers: Answers = { good: total, total, promised, leastPromised: promised };
    const exam = { judged: signal, thresholds, answers, share: 1, carriers: WELL, usual: null, isMonitoringAway: false };
    return judgeTrial(beginTrial(answers), exam, { lastedMs: EVERY_MS, everyMs: EVERY_MS, isLast: false, isSmall: false }).result;
  };

  it("is followed by time only if its window is quiet", () => {
    expect([result(19, null), result(20, null)]).toEqual(["passed", "held"]);
    expect([result(0, 2.9), result(0, 3)]).toEqual(["passed", "held"]);
  });
});

describe("whether requests are few is not told", () => {
  const signal: SignalJudgement = {
    ...{ signal: "successRate", cause: "successRate", opinion: "quiet", interval: null, reasons: [] },
    reading: { state: "quiet", good: 0, total: 0 },
  };
  const thresholds = { failBelow: 0.9, recoverAbove: 0.98, windowMs: 90_000, minRequests: 20 };
  const step = { lastedMs: 15_000, everyMs: 14_000, isLast: false, isSmall: false };
  const promising = (promised: number): Answers => ({ ...NO_ANSWERS, promised, leastPromised: 0 });

  it.each([
    ["by a step so short that nothing has been counted in it", 0, 4.5, "held"],
    ["by an empty window between two bursts", 2, 0, "held"],
    ["by one of them, but by both", 0.4, 2.9, "passed"],
  ])("%s", (_, inStep, inWindow, result) => {
    const trial = { over: promising(inStep), before: promising(inWindow), lapsedMs: 0, lastedMs: 15_000, silentMs: 0 };
    const exam = {
      judged: signal,
      thresholds,
      answers: promising(inWindow),
      share: 0.25,
      carriers: WELL,
      usual: null,
      isMonitoringAway: false,
    };
    expect(judgeTrial(trial, exam, step).result).toBe(result);
  });
});
