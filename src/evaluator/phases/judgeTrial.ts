import { LEAST_PROMISED } from "../health/judgeShare.ts";
import type { Reason } from "../model/reason.ts";
import { type Answers, answersOf, type Trial } from "../model/trial.ts";
import { LATE_FAILURES_MS } from "../model/weightHistory.ts";
import { wilson } from "../model/wilson.ts";
import { areNoBetter, type Exam, isAsUsual, isBetter, isFarWorse, isWorse } from "./exam.ts";

/** A step needs as many answers as the weight promises in this many windows, but no more than `minRequests`. */
const WINDOWS_NEEDED = 3;

/** Fewer answers than this prove nothing. */
const LEAST_ANSWERS = 3;

/** After this many times `return.every`, a backend that does not answer what it was promised relapses. */
const LONGEST_STEP_FACTOR = 3;

/** So many standard deviations fewer than promised are answered by chance once in a hundred thousand times. */
const SURE_DEVIATIONS = 3.5;

/** Counts are extrapolated, so that part of a request is none. */
const HALF = 0.5;

/** How long a step has lasted, and which it is. */
export interface Step {
  readonly lastedMs: number;
  readonly everyMs: number;
  readonly isLast: boolean;
  /** All of the backend's load is a small part of the traffic. */
  readonly isSmall: boolean;
}

export type TrialReason = Extract<Reason, { kind: "trial" }>;

/** What a trial says once the step has lasted: go on, wait, or leave again. */
export interface TrialResult {
  readonly result: "passed" | "held" | "failed";
  /** Why it is held or failed. */
  readonly reason: TrialReason;
}

/**
 * The result of a trial. A step is followed by the next on successes: enough answers, of which enough are good, or no smaller part than
 * of the backends that carry the load, or than usual. Without requests to answer it is followed by time, but the last one needs a success,
 * unless little depends on it.
 */
export function judgeTrial(trial: Trial, exam: Exam, step: Step): TrialResult {
  const { thresholds, judged, carriers } = exam;
  const answers = answersOf(trial, exam.answers, thresholds.windowMs);
  const { good, total, promised } = answers;
  const inWindow = promisedInWindow(trial, promised, exam);
  const needed = Math.max(
    LEAST_ANSWERS,
    Math.min(thresholds.minRequests, Math.round(WINDOWS_NEEDED * (inWindow ?? thresholds.minRequests))),
  );
  const because = (result: TrialResult["result"], why: TrialReason["why"]): TrialResult => {
    return { result, reason: { kind: "trial", signal: judged.signal, why, good, total, promised, needed, carriers } };
  };
  // What it did at the beginning of the step does not hold a backend that has done well for a whole window since then.
  const isWellNow = trial.lastedMs >= thresholds.windowMs && (judged.opinion === "fit" || isAsUsual(exam.answers, exam));
  // Unfit, but significantly better than those that would take its load: to leave would make it worse.
  const isUnfit = wilson(good, total).upper < thresholds.failBelow && !isBetter(answers, exam);
  if (!isWellNow && total >= LEAST_ANSWERS && (isUnfit || isFarWorse(answers, exam))) {
    // Where one window has enough requests, it is judged by them at first, as the backends that would take its load.
    const isJudged = exam.answers.total >= thresholds.minRequests && !isOverdue(step, thresholds.windowMs);
    return because(isJudged || areNoBetter(answers, exam) ? "held" : "failed", isUnfit ? "unfit" : "worse");
  }
  if (lacksAnswers(answers, exam)) {
    return because(isOverdue(step, thresholds.windowMs) && isNoChance(answers, exam) ? "failed" : "held", "unanswered");
  }
  if (isWellNow) return because("passed", "enough");
  const isGood = total - good < HALF || good / total >= thresholds.recoverAbove;
  if (Math.round(total) >= needed && judged.opinion !== "missing") {
    return isGood || isAsGood(answers, exam) ? because("passed", "enough") : because("held", "worse");
  }
  if (!isGood) return because("held", "tooFew");
  const isQuiet =
    inWindow === null ? exam.answers.total < thresholds.minRequests && judged.opinion !== "missing" : inWindow < LEAST_PROMISED;
  if (!isQuiet) return because("held", "tooFew");
  return step.isLast && !step.isSmall && good < HALF ? because("held", "untested") : because("passed", "enough");
}

/**
 * What its weight promises in one window: on average since the step began, or in the window of now, if that is more. In a short step Prometheus
 * may not have counted anything yet, and between two bursts the window is empty. Null: unknown.
 */
function promisedInWindow({ lastedMs }: Trial, promised: number | null, { answers, thresholds }: Exam): number | null {
  if (promised === null || answers.promised === null) return null;
  const average = lastedMs === 0 ? 0 : (promised * thresholds.windowMs) / lastedMs;
  return Math.max(average, answers.promised);
}

/** Whether it does no worse than the backends that carry the load, as far as these can be judged, or than usual. */
function isAsGood(answers: Answers, exam: Exam): boolean {
  return exam.carriers === null ? isAsUsual(answers, exam) : !isWorse(answers, exam);
}

/** Whether it answered significantly less than half of what it was promised: of fewer than four, none may be answered by chance. */
function lacksAnswers({ total, promised }: Answers, { judged }: Exam): boolean {
  if (promised === null) return judged.opinion === "missing" && total < HALF;
  return wilson(total, promised).upper < HALF;
}

/**
 * Whether a backend that is well would not answer so few. To hold a step costs little, to leave by chance multiplies the waits. Requests
 * that came just before the step may be counted after it began, so only what was promised without doubt counts. Where that is unknown, others
 * must be counted at least: else Prometheus may have nothing of anyone.
 */
function isNoChance({ total, leastPromised }: Answers, { carriers }: Exam): boolean {
  return leastPromised === null ? carriers !== null : leastPromised - total > SURE_DEVIATIONS * Math.sqrt(leastPromised);
}

/** Whether the step has lasted for so long that its answers cannot be late. */
function isOverdue({ lastedMs, everyMs }: Step, windowMs: number): boolean {
  return lastedMs >= Math.max(LONGEST_STEP_FACTOR * everyMs, windowMs + LATE_FAILURES_MS);
}
