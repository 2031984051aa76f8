import type { Rule } from "../rules/ruleSet.ts";
import type { Evidence } from "./evidence.ts";
import { judgeGateway } from "./judgeGateway.ts";
import type { Judgement, SignalJudgement } from "./judgement.ts";
import { judgeQuery } from "./judgeQuery.ts";
import { judgeReadiness } from "./judgeReadiness.ts";
import { judgeShare, type ShareQuestion } from "./judgeShare.ts";
import type { Counts, Endpoints, Failed } from "./observation.ts";
import type { TierCapacity } from "./spill.ts";
import type { BackendCounts } from "./unaccounted.ts";

/** Judges one backend by every signal of its rule. */
export function judge(evidence: Evidence, rule: Rule): Judgement {
  const { signals } = rule;
  const { last } = evidence;
  const readiness = signals.readiness && judgeReadiness(evidence.endpoints, signals.readiness, lastOf(last?.hard, "readiness"));
  const hard = readiness === undefined ? [] : [readiness];
  if (signals.gateway !== undefined && evidence.cluster !== undefined) hard.push(judgeGateway(evidence.cluster));
  const soft = softSignals(evidence, signals);
  const counted = capacityOf(evidence.endpoints);
  const judgement: Judgement = {
    verdict: verdictOf(hard, soft),
    hard,
    soft,
    readyEndpoints: counted?.ready ?? null,
    // What nobody sees any more has not changed for all we know: a watch that fell silent moves nothing.
    capacity: evidence.endpoints?.state === "stale" ? (last?.capacity ?? null) : counted,
    hasUnseenEndpoints: evidence.endpoints?.state === "stale" && last?.hasUnseenEndpoints !== false,
    cluster: signals.gateway === undefined ? null : (evidence.cluster ?? null),
  };
  return last !== null && isSaidAgain(last, judgement) ? last : judgement;
}

function softSignals(evidence: Evidence, signals: Rule["signals"]): readonly SignalJudgement[] {
  const last = evidence.last?.soft;
  const ask = (question: ShareQuestion) => judgeShare(question, evidence, lastOf(last, question.signal));
  const { successRate, latency, unanswered } = evidence;
  const soft =
    signals.successRate === undefined || successRate === undefined
      ? []
      : [ask(successRateQuestion(evidence, successRate, signals.successRate))];
  if (signals.latency !== undefined && latency !== undefined) soft.push(ask(shareQuestion("latency", latency, signals.latency)));
  if (signals.unanswered !== undefined && unanswered !== undefined) {
    soft.push(ask(shareQuestion("unanswered", unanswered, answeredThresholds(signals.unanswered))));
  }
  signals.queries?.forEach((query, i) => {
    const answer = evidence.queries[i];
    if (answer !== undefined) soft.push(judgeQuery(query, answer, evidence));
  });
  return soft;
}

function lastOf(signals: readonly SignalJudgement[] | undefined, name: SignalJudgement["signal"]): SignalJudgement | undefined {
  if (signals !== undefined) for (const signal of signals) if (signal.signal === name) return signal;
  return undefined;
}

/** Most looks tell of most backends what the last one told: then no new object need outlive the look. */
function isSaidAgain(last: Judgement, now: Judgement): boolean {
  if (last.readyEndpoints !== now.readyEndpoints || last.cluster !== now.cluster) return false;
  if (last.hasUnseenEndpoints !== now.hasUnseenEndpoints) return false;
  if (last.capacity?.ready !== now.capacity?.ready || last.capacity?.desired !== now.capacity?.desired) return false;
  return areSame(last.hard, now.hard) && areSame(last.soft, now.soft);
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

const NO_ENDPOINTS: TierCapacity = { ready: 0, desired: 0 };

/** Endpoints that are not ready count as wanted: those that are ready are never all that there should be. */
function capacityOf(endpoints: Endpoints | undefined): TierCapacity | null {
  if (endpoints === undefined) return NO_ENDPOINTS;
  return endpoints.state === "counted" ? { ready: endpoints.ready, desired: endpoints.ready + endpoints.notReady } : null;
}

function successRateQuestion(
  { phase }: Evidence,
  counted: BackendCounts | Failed,
  thresholds: NonNullable<Rule["signals"]["successRate"]>,
): ShareQuestion {
  if ("error" in counted) return shareQuestion("successRate", counted, thresholds);
  const { leaf, unaccounted, promised } = counted;
  const counts = unaccounted === 0 ? leaf : { total: (leaf?.total ?? 0) + unaccounted, failures: (leaf?.failures ?? 0) + unaccounted };
  // Whoever is out was promised nothing any more; what the window still holds of its time is no promise.
  return { signal: "successRate", thresholds, counts, unaccounted, promised: phase === "out" ? null : promised };
}

function shareQuestion(
  signal: ShareQuestion["signal"],
  counts: Counts | Failed | null,
  thresholds: ShareQuestion["thresholds"],
): ShareQuestion {
  return { signal, thresholds, counts, unaccounted: 0, promised: null };
}

/** The same question the other way round: the share of requests that are answered. */
function answeredThresholds(signal: NonNullable<Rule["signals"]["unanswered"]>): ShareQuestion["thresholds"] {
  const { failAbove, recoverBelow, windowMs, minRequests } = signal;
  return { failBelow: 1 - failAbove, recoverAbove: 1 - recoverBelow, windowMs, minRequests };
}
