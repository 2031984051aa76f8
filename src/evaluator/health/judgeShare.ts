import type { Phase } from "../../routes/route.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import type { Counts, Failed, Reading } from "../model/observation.ts";
import type { Opinion, Reason } from "../model/reason.ts";
import type { ShareThresholds } from "../model/shareThresholds.ts";
import { type Interval, wilson } from "../model/wilson.ts";
import type { Evidence } from "./evidence.ts";

/** A backend that is out or returning gets few requests, so this many are enough for `unfit`. The interval prevents errors by chance. */
const MIN_REQUESTS_WHILE_AWAY = 3;

/** A backend that was promised this many times `minRequests` and answered fewer than `minRequests` is not quiet: requests are lost. */
const LOST_REQUESTS_FACTOR = 2;

/** Of so many promised requests none arrives by chance once in twenty times (e^-3). */
export const LEAST_PROMISED = 3;

/** The input for one signal that is a share of good requests. */
export interface ShareQuestion {
  readonly signal: "successRate" | "latency" | "unanswered";
  readonly thresholds: ShareThresholds;
  /** Null: there are no series. */
  readonly counts: Counts | Failed | null;
  /** Failures in `counts` that only the route's own series counted. */
  readonly unaccounted: number;
  /** Requests that it should have received by its weight; null: unknown. */
  readonly promised: number | null;
}

/**
 * Judges a share of good requests by its Wilson interval: unfit when even the upper bound is below `failBelow`, fit with at
 * least `minRequests` of which `recoverAbove` are good. Fewer are quiet. The result is `last` if nothing has changed.
 */
export function judgeShare(question: ShareQuestion, { windows, backend, phase }: Evidence, last?: SignalJudgement): SignalJudgement {
  const { signal, counts, thresholds, unaccounted, promised } = question;
  const { windowMs, minRequests } = thresholds;
  if (counts !== null && "error" in counts) return silent(question, "failed", counts.error);
  const isPromised = promised !== null && promised >= LEAST_PROMISED;
  if (counts === null && !isPromised && windows.wasSentRequests(backend, thresholds)) return silent(question, "missing");
  const total = counts?.total ?? 0;
  const good = Math.max(0, total - (counts?.failures ?? 0));
  const interval = wilson(good, total);
  const seen = opinionOn(good, total, interval, question, phase);
  const warmingUp = windows.warmingUp(windowMs);
  // For a backend that is out `unfit` counts at once, because it moves no traffic.
  const opinion = warmingUp && !(phase === "out" && seen === "unfit") ? "warmUp" : seen;
  const isHeld = warmingUp && seen === "unfit" && carries(phase);
  const hasMore = isHeld || seen === "missing";
  if (last !== undefined && !hasMore && last.opinion === opinion && hasSameReason(last, question, seen, good, total)) return last;
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

/** Whether the last judgement has the same single reason that the new one would have. */
function hasSameReason(
  { reading, reasons }: SignalJudgement,
  question: ShareQuestion,
  seen: Opinion,
  good: number,
  total: number,
): boolean {
  if (!("total" in reading) || reading.total !== total || reading.good !== good) return false;
  const reason = reasons[0];
  if (reasons.length !== 1 || reason?.kind !== "share" || reason.opinion !== seen) return false;
  return reason.unaccounted === question.unaccounted && reason.thresholds === question.thresholds;
}

function readingOf(opinion: Opinion, good: number, total: number, minRequests: number): Reading {
  if (opinion === "missing") return { state: "missing" };
  return total < minRequests ? { state: "quiet", good, total } : { state: "value", good, total };
}

function silent({ signal, thresholds }: ShareQuestion, why: "missing" | "failed", error?: string): SignalJudgement {
  const { prometheus } = thresholds;
  const reason: Reason = { kind: "noMetrics", signal, why, ...(prometheus && { prometheus }), ...(error === undefined ? {} : { error }) };
  return { signal, cause: signal, opinion: why, reading: { state: why }, interval: null, reasons: [reason] };
}

function opinionOn(
  good: number,
  total: number,
  interval: Interval,
  { thresholds: { failBelow, recoverAbove, minRequests }, promised }: ShareQuestion,
  phase: Phase,
): Exclude<Opinion, "failed" | "warmUp"> {
  // Few answers to many requests are no low traffic: the clients' proxies send most requests past pods that are dead.
  const isAvoided = promised !== null && promised >= LOST_REQUESTS_FACTOR * minRequests;
  const neededForUnfit = carries(phase) && !isAvoided ? minRequests : Math.min(MIN_REQUESTS_WHILE_AWAY, minRequests);
  if (total >= neededForUnfit && interval.upper < failBelow) return "unfit";
  if (total >= minRequests) return good / total >= recoverAbove ? "fit" : "between";
  if (promised !== null && promised >= (total === 0 ? LEAST_PROMISED : LOST_REQUESTS_FACTOR * minRequests)) return "missing";
  return "quiet";
}

function carries(phase: Phase): boolean {
  return phase === "serving" || phase === "suspect";
}
