import type { Rule } from "../../rules/ruleSet.ts";
import type { Judgement, SignalJudgement } from "../model/judgement.ts";
import { type CountedEndpoints, type Counts, type Failed, NO_ENDPOINTS } from "../model/observation.ts";
import { asAnswered } from "../model/shareThresholds.ts";
import { allCounts, type BackendCounts } from "./backendCounts.ts";
import type { Evidence } from "./evidence.ts";
import { judgeGateway } from "./judgeGateway.ts";
import { judgeQuery } from "./judgeQuery.ts";
import { judgeReadiness } from "./judgeReadiness.ts";
import { judgeShare, type ShareQuestion } from "./judgeShare.ts";
import { countsUnclear, withoutUnclear } from "./unclearEndpoints.ts";

/** Judges one backend by every signal of its rule. */
export function judgeBackend(evidence: Evidence, rule: Rule): Judgement {
  const { signals } = rule;
  const { last } = evidence;
  const unclear = countsUnclear(evidence);
  const seen = withoutUnclear(evidence.endpoints ?? NO_ENDPOINTS, unclear === true);
  const readiness = signals.readiness && judgeReadiness(seen, signals.readiness);
  const hard = readiness === undefined ? [] : [readiness];
  if (signals.gateway !== undefined && evidence.cluster !== undefined) hard.push(judgeGateway(evidence.cluster));
  const soft = softSignals(evidence, signals);
  const isStale = seen.state === "stale";
  const counted = seen.state === "counted" ? seen : null;
  const judgement: Judgement = {
    verdict: verdictOf(hard, soft),
    hard,
    soft,
    readyEndpoints: counted?.ready ?? null,
    // A silent watch moves nothing, so the last count stays.
    endpoints: isStale ? (last?.endpoints ?? null) : counted,
    hasUnseenEndpoints: isStale && last?.hasUnseenEndpoints !== false,
    countsUnclear: unclear,
    cluster: signals.gateway === undefined ? null : (evidence.cluster ?? null),
  };
  return last !== null && isSameJudgement(last, judgement) ? last : judgement;
}

function softSignals(evidence: Evidence, signals: Rule["signals"]): readonly SignalJudgement[] {
  const { successRate, latency, unanswered } = evidence;
  const soft =
    signals.successRate === undefined || successRate === undefined
      ? []
      : [ask(successRateQuestion(evidence, successRate, signals.successRate), evidence)];
  if (signals.latency !== undefined && latency !== undefined) soft.push(ask(shareQuestion("latency", latency, signals.latency), evidence));
  if (signals.unanswered !== undefined && unanswered !== undefined) {
    soft.push(ask(shareQuestion("unanswered", unanswered, answeredThresholds(signals.unanswered)), evidence));
  }
  signals.queries?.forEach((query, i) => {
    const answer = evidence.queries[i];
    if (answer !== undefined) soft.push(judgeQuery(query, answer, evidence));
  });
  return soft;
}

function ask(question: ShareQuestion, evidence: Evidence): SignalJudgement {
  return judgeShare(question, evidence, lastOf(evidence.last?.soft, question.signal));
}

function lastOf(signals: readonly SignalJudgement[] | undefined, name: SignalJudgement["signal"]): SignalJudgement | undefined {
  if (signals !== undefined) for (const signal of signals) if (signal.signal === name) return signal;
  return undefined;
}

/** Whether the judgement has not changed. The old object is kept then, so that fewer objects outlive a tick. */
function isSameJudgement(last: Judgement, now: Judgement): boolean {
  if (last.readyEndpoints !== now.readyEndpoints || last.cluster !== now.cluster) return false;
  if (last.hasUnseenEndpoints !== now.hasUnseenEndpoints || last.countsUnclear !== now.countsUnclear) return false;
  // The counts of metrics change most often, so they are compared first.
  return areSame(last.soft, now.soft) && areSame(last.hard, now.hard) && haveEqualCounts(last.endpoints, now.endpoints);
}

function haveEqualCounts(last: CountedEndpoints | null, now: CountedEndpoints | null): boolean {
  return last === now || (last?.ready === now?.ready && last?.notReady === now?.notReady);
}

function areSame(last: readonly SignalJudgement[], now: readonly SignalJudgement[]): boolean {
  if (last.length !== now.length) return false;
  for (let i = 0; i < now.length; i++) if (last[i] !== now[i]) return false;
  return true;
}

function verdictOf(hard: readonly SignalJudgement[], soft: readonly SignalJudgement[]): Judgement["verdict"] {
  if (hasOpinion(hard, "unfit") || hasOpinion(soft, "unfit")) return "unfit";
  return hasOpinion(hard, "fit") || hasOpinion(soft, "fit") ? "fit" : "unknown";
}

function hasOpinion(signals: readonly SignalJudgement[], opinion: SignalJudgement["opinion"]): boolean {
  for (const signal of signals) if (signal.opinion === opinion) return true;
  return false;
}

function successRateQuestion(
  { phase }: Evidence,
  counted: BackendCounts | Failed,
  thresholds: NonNullable<Rule["signals"]["successRate"]>,
): ShareQuestion {
  if ("error" in counted) return shareQuestion("successRate", counted, thresholds);
  const { unaccounted, promised, isIncomplete } = counted;
  if (isIncomplete) return shareQuestion("successRate", null, thresholds);
  const counts = allCounts(counted);
  // A backend that is out was promised nothing: the requests in its window are older.
  return { signal: "successRate", thresholds, counts, unaccounted, promised: phase === "out" ? null : promised };
}

function shareQuestion(
  signal: ShareQuestion["signal"],
  counts: Counts | Failed | null,
  thresholds: ShareQuestion["thresholds"],
): ShareQuestion {
  return { signal, thresholds, counts, unaccounted: 0, promised: null };
}

const answered = new WeakMap<object, ShareQuestion["thresholds"]>();

/** `asAnswered`, as one object for each rule, so that judgements can be compared by it. */
function answeredThresholds(signal: NonNullable<Rule["signals"]["unanswered"]>): ShareQuestion["thresholds"] {
  const known = answered.get(signal);
  if (known !== undefined) return known;
  const thresholds = asAnswered(signal);
  answered.set(signal, thresholds);
  return thresholds;
}
