import type { Phase } from "../routes/route.ts";
import type { Rule, SuccessRateSignal } from "../rules/ruleSet.ts";
import type { Reason } from "./decision.ts";
import type { Endpoints, Reading } from "./observation.ts";
import type { Verdict } from "./state.ts";
import type { BackendCounts } from "./unaccounted.ts";
import { type Interval, wilson } from "./wilson.ts";

/** While a backend gets little or nothing, this many requests may convict it: the interval itself guards. */
const MIN_REQUESTS_WHILE_AWAY = 3;

/** A backend that was promised this many times `minRequests` and got less than `minRequests` is not quiet: its requests are lost. */
const LOST_REQUESTS_FACTOR = 2;

export type ReadinessOpinion = "fit" | "unfit" | "elsewhere" | "stale" | "off";
export type SuccessRateOpinion = "fit" | "unfit" | "between" | "quiet" | "missing" | "failed" | "warmUp" | "off";

/** What all signals together say of one backend at one look. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly readiness: ReadinessOpinion;
  readonly successRate: SuccessRateOpinion;
  /** Of the success rate; null without a value. */
  readonly interval: Interval | null;
  readonly readings: { readonly readiness?: Reading; readonly successRate?: Reading };
  readonly readyEndpoints: number | null;
  readonly reasons: readonly Reason[];
}

/** What was seen of one backend. */
export interface Evidence {
  /** Undefined: the Service has no endpoints at all. */
  readonly endpoints: Endpoints | undefined;
  readonly metrics: MetricEvidence;
  readonly phase: Phase;
  /** Whether it was sent anything during the window. */
  readonly sentWeight: boolean;
  /** Metrics say nothing yet: the first window after this route was first seen is not over. */
  readonly warmingUp: boolean;
}

export type MetricEvidence =
  | { readonly state: "off" }
  | { readonly state: "failed"; readonly error: string }
  | { readonly state: "answered"; readonly counts: BackendCounts };

/** Judges one backend: unfit if any signal says unfit, else fit if any says fit, else unknown. */
export function judge(evidence: Evidence, rule: Rule): Judgement {
  const readiness = judgeReadiness(evidence.endpoints, rule);
  const successRate = judgeSuccessRate(evidence, rule.signals.successRate);
  const opinions: readonly string[] = [readiness.opinion, successRate.opinion];
  const verdict: Verdict = opinions.includes("unfit") ? "unfit" : opinions.includes("fit") ? "fit" : "unknown";
  return {
    verdict,
    readiness: readiness.opinion,
    successRate: successRate.opinion,
    interval: successRate.interval,
    readings: {
      ...(readiness.reading === null ? {} : { readiness: readiness.reading }),
      ...(successRate.reading === null ? {} : { successRate: successRate.reading }),
    },
    readyEndpoints: evidence.endpoints === undefined ? 0 : evidence.endpoints.state === "counted" ? evidence.endpoints.ready : null,
    reasons: [...readiness.reasons, ...successRate.reasons],
  };
}

interface ReadinessJudgement {
  readonly opinion: ReadinessOpinion;
  readonly reading: Reading | null;
  readonly reasons: readonly Reason[];
}

function judgeReadiness(endpoints: Endpoints | undefined, rule: Rule): ReadinessJudgement {
  const signal = rule.signals.readiness;
  if (signal === undefined) return { opinion: "off", reading: null, reasons: [] };
  const minReady = signal.minReady ?? 1;
  const seen: Endpoints = endpoints ?? { state: "counted", ready: 0, notReady: 0 };
  switch (seen.state) {
    case "elsewhere":
      return { opinion: "elsewhere", reading: { state: "missing" }, reasons: [{ kind: "readinessSilent", why: "elsewhere" }] };
    case "stale":
      return { opinion: "stale", reading: { state: "failed" }, reasons: [{ kind: "readinessSilent", why: "stale" }] };
    case "counted":
      return {
        opinion: seen.ready < minReady ? "unfit" : "fit",
        reading: { state: "value", good: seen.ready, total: seen.ready + seen.notReady },
        reasons: [{ kind: "ready", ready: seen.ready, minReady }],
      };
  }
}

interface SuccessRateJudgement {
  readonly opinion: SuccessRateOpinion;
  readonly interval: Interval | null;
  readonly reading: Reading | null;
  readonly reasons: readonly Reason[];
}

function judgeSuccessRate(evidence: Evidence, signal: SuccessRateSignal | undefined): SuccessRateJudgement {
  const { metrics } = evidence;
  if (signal === undefined || metrics.state === "off") return { opinion: "off", interval: null, reading: null, reasons: [] };
  if (metrics.state === "failed") {
    const reason: Reason = { kind: "noMetrics", why: "failed", error: metrics.error };
    return { opinion: "failed", interval: null, reading: { state: "failed" }, reasons: [reason] };
  }
  const { leaf, unaccounted, promised } = metrics.counts;
  if (leaf === null && unaccounted === 0 && evidence.sentWeight) {
    return { opinion: "missing", interval: null, reading: { state: "missing" }, reasons: [{ kind: "noMetrics", why: "missing" }] };
  }
  const total = (leaf?.total ?? 0) + unaccounted;
  const good = Math.max(0, (leaf?.total ?? 0) - (leaf?.failures ?? 0));
  const interval = wilson(good, total);
  const opinion = successRateOpinion(good, total, interval, promised, evidence, signal);
  const reason: Reason = {
    kind: "successRate",
    opinion: opinion === "missing" ? "quiet" : opinion,
    good,
    total,
    lower: interval.lower,
    upper: interval.upper,
    failBelow: signal.failBelow,
    recoverAbove: signal.recoverAbove,
    minRequests: signal.minRequests,
    windowMs: signal.windowMs,
    unaccounted,
  };
  const lost: readonly Reason[] = opinion === "missing" ? [{ kind: "lostRequests", promised: promised ?? 0, received: total }] : [];
  const held = evidence.warmingUp && opinion === "unfit" && carries(evidence.phase);
  return {
    opinion: evidence.warmingUp ? "warmUp" : opinion,
    interval,
    reading: opinion === "missing" ? { state: "missing" } : { state: total < signal.minRequests ? "quiet" : "value", good, total },
    reasons: held ? [reason, { kind: "brake", brake: "warmUp" }] : [reason, ...lost],
  };
}

function successRateOpinion(
  good: number,
  total: number,
  interval: Interval,
  promised: number | null,
  evidence: Evidence,
  signal: SuccessRateSignal,
): "fit" | "unfit" | "between" | "quiet" | "missing" {
  const enoughToConvict = carries(evidence.phase) ? signal.minRequests : Math.min(MIN_REQUESTS_WHILE_AWAY, signal.minRequests);
  if (total >= enoughToConvict && interval.upper < signal.failBelow) return "unfit";
  if (total >= signal.minRequests) return good / total >= signal.recoverAbove ? "fit" : "between";
  // Whoever is out was promised nothing any more; what the window still holds of its time is no promise.
  if (evidence.phase !== "out" && promised !== null && promised >= LOST_REQUESTS_FACTOR * signal.minRequests) return "missing";
  return "quiet";
}

function carries(phase: Phase): boolean {
  return phase === "serving" || phase === "suspect";
}
