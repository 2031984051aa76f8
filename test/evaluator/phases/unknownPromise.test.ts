import { describe, expect, it } from "vitest";
import type { SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import { beginTrial, continueTrial, NO_ANSWERS } from "../../../src/evaluator/model/trial.ts";
import type { Exam } from "../../../src/evaluator/phases/exam.ts";
import { judgeTrial } from "../../../src/evaluator/phases/judgeTrial.ts";

const WINDOW_MS = 30_000;
const MANY = { good: 1_000, total: 1_000 };

interface Case {
  readonly good: number;
  readonly total: number;
  readonly opinion?: Opinion;
  readonly carriers?: Exam["carriers"];
  /** For how many times `every` the step has lasted. */
  readonly steps?: number;
}

/** The result after one window in which it is unknown what was promised, as where the splits of a route differ. */
function judged({ good, total, opinion = "quiet", carriers = MANY, steps = 1 }: Case): string {
  const signal: SignalJudgement = {
    ...{ signal: "successRate", cause: "successRate", opinion, interval: null, reasons: [] },
    reading: { state: "quiet", good, total },
  };
  const answers = { good, total, promised: null, leastPromised: null };
  const trial = continueTrial(beginTrial(NO_ANSWERS), answers, WINDOW_MS, WINDOW_MS);
  const thresholds = { failBelow: 0.9, recoverAbove: 0.98, windowMs: WINDOW_MS, minRequests: 20 };
  const exam: Exam = { judged: signal, thresholds, answers, share: 1, carriers, usual: null, isMonitoringAway: false };
  const { result, reason } = judgeTrial(trial, exam, { lastedMs: steps * WINDOW_MS, everyMs: WINDOW_MS, isLast: false, isSmall: false });
  return `${result}: ${reason.why}, ${reason.needed} needed`;
}

describe("where it is unknown what was promised, a step", () => {
  it.each<[string, Case, string]>([
    ["is passed with `minRequests` good answers", { good: 20, total: 20 }, "passed: enough"],
    ["is passed with a few, if they are good", { good: 19, total: 19 }, "passed: enough"],
    ["is held with a few of which one is bad", { good: 18, total: 19 }, "held: tooFew"],
    ["is passed without requests", { good: 0, total: 0 }, "passed: enough"],
    ["is held with a few good ones whose series are missing now", { good: 5, total: 5, opinion: "missing" }, "held: tooFew"],
    ["is held without series", { good: 0, total: 0, opinion: "missing" }, "held: unanswered"],
    ["is failed without series in the end", { good: 0, total: 0, opinion: "missing", steps: 3 }, "failed: unanswered"],
    ["is held without series of anyone", { good: 0, total: 0, opinion: "missing", steps: 3, carriers: null }, "held: unanswered"],
    ["is failed with three bad answers", { good: 0, total: 3 }, "failed: unfit"],
    ["is held with two bad answers", { good: 0, total: 2 }, "held: tooFew"],
    ["is held, and judged as any other, with 20 bad answers", { good: 0, total: 20 }, "held: unfit"],
    ["is failed with them in the end", { good: 0, total: 20, steps: 3 }, "failed: unfit"],
  ])("%s", (_, given, expected) => expect(judged(given)).toBe(`${expected}, 20 needed`));
});
