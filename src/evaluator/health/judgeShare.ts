import type { Phase } from "../../routes/route.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import type { Counts, Failed, Reading } from "../model/observation.ts";
import type { Opinion, Reason } from "../model/reason.ts";
import type { ShareThresholds } from "../model/shareThresholds.ts";
import { type Interval, wilson } from "../model/wilson.ts";
import type { Evidence } from "./evidence.ts";

/** While a backend gets little or nothing, this many requests may convict it: the interval itself guards. */
const MIN_REQUESTS_WHILE_AWAY = 3;

/** A backend that was promised this many times `minRequests` and got less than `minRequests` is not quiet: its requests are lost. */
const LOST_REQUESTS_FACTOR = 2;

/** A share of requests that are good. */
export interface ShareQuestion {
  readonly signal: "successRate" | "latency" | "unanswered";
  readonly thresholds: ShareThresholds;
  /** Null: no series at all. */
  readonly counts: Counts | Failed | null;
  /** Failures among the counts that only the route's own series counted. */
  readonly unaccounted: number;
  /** Requests that its weight promised it; null where nobody can tell. */
  readonly promised: number | null;
}

/**
 * Judges a share of good requests by its Wilson interval: unfit when even the upper bound is below `failBelow`, fit with
 * enough requests of which `recoverAbove` are good. Too few are quiet. What the last tick said is handed on where it is
 * said again.
 */
export function judgeShare(question: ShareQuestion, { windows, backend, phase }: Evidence, last?: SignalJudgement): SignalJudgement {
  const { signal, counts, thresholds, unaccounted, promised } = question;
  const { windowMs, minRequests } = thresholds;
  if (counts !== null && "error" in counts) return silent(signal, "failed", counts.error);
  if (counts === null && windows.wasSentRequests(backend, windowMs)) return silent(signal, "missing");
  const total = counts?.total ?? 0;
  const good = Math.max(0, total - (counts?.failures ?? 0));
  const interval = wilson(good, total);
  const seen = opinionOn(good, total, interval, question, phase);
  const warmingUp = windows.warmingUp(windowMs);
  // Against who is out it counts at once: it keeps traffic away, and moves none.
  const opinion = warmingUp && !(phase === "out" && seen === "unfit") ? "warmUp" : seen;
  const isHeld = warmingUp && seen === "unfit" && carries(phase);
  const hasMore = isHeld || seen === "missing";
  if (last !== undefined && !hasMore && last.opinion === opinion && saysTheSame(last, question, seen, good, total)) return last;
  const reason: Reason = {
    kind: "share",
    signal,
    opinion: seen === "missing" ? "quiet" : seen,
    good,
    total,
    interval,
    thresholds,
    unaccounted,
  };
  const reasons: Reason[] = [reason];
  if (isHeld) reasons.push({ kind: "brake", brake: "warmUp" });
  else if (seen === "missing") reasons.push({ kind: "lostRequests", promised: promised ?? 0, received: total });
  return {
    signal,
    cause: signal,
    opinion,
    reading: readingOf(seen, good, total, minRequests),
    interval,
    reasons,
  };
}

/** Whether the only thing that the last tick said of this signal is what there is to say now. */
function saysTheSame({ reading, reasons }: SignalJudgement, question: ShareQuestion, seen: Opinion, good: number, total: number): boolean {
  if (!("total" in reading) || reading.total !== total || reading.good !== good) return false;
  const said = reasons[0];
  if (reasons.length !== 1 || said?.kind !== "share" || said.opinion !== seen) return false;
  return said.unaccounted === question.unaccounted && said.thresholds === question.thresholds;
}

function readingOf(opinion: Opinion, good: number, total: number, minRequests: number): Reading {
  if (opinion === "missing") return { state: "missing" };
  return total < minRequests ? { state: "quiet", good, total } : { state: "value", good, total };
}

function silent(signal: ShareQuestion["signal"], why: "missing" | "failed", error?: string): SignalJudgement {
  const reason: Reason = { kind: "noMetrics", signal, why, ...(error === undefined ? {} : { error }) };
  return { signal, cause: signal, opinion: why, reading: { state: why }, interval: null, reasons: [reason] };
}

function opinionOn(
  good: number,
  total: number,
  interval: Interval,
  { thresholds: { failBelow, recoverAbove, minRequests }, promised }: ShareQuestion,
  phase: Phase,
): Exclude<Opinion, "failed" | "warmUp"> {
  const enoughToConvict = carries(phase) ? minRequests : Math.min(MIN_REQUESTS_WHILE_AWAY, minRequests);
  if (total >= enoughToConvict && interval.upper < failBelow) return "unfit";
  if (total >= minRequests) return good / total >= recoverAbove ? "fit" : "between";
  if (promised !== null && promised >= LOST_REQUESTS_FACTOR * minRequests) return "missing";
  return "quiet";
}

function carries(phase: Phase): boolean {
  return phase === "serving" || phase === "suspect";
}
