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
  const hard: SignalJudgement[] = [];
  const soft: SignalJudgement[] = [];
  if (signals.readiness !== undefined) hard.push(judgeReadiness(evidence.endpoints, signals.readiness));
  if (signals.gateway !== undefined && evidence.cluster !== undefined) hard.push(judgeGateway(evidence.cluster));
  if (signals.successRate !== undefined && evidence.successRate !== undefined) {
    soft.push(judgeShare(successRateQuestion(evidence, evidence.successRate, signals.successRate), evidence));
  }
  if (signals.latency !== undefined && evidence.latency !== undefined) {
    soft.push(judgeShare(shareQuestion("latency", evidence.latency, signals.latency), evidence));
  }
  if (signals.unanswered !== undefined && evidence.unanswered !== undefined) {
    soft.push(judgeShare(shareQuestion("unanswered", evidence.unanswered, answeredThresholds(signals.unanswered)), evidence));
  }
  signals.queries?.forEach((query, i) => {
    const answer = evidence.queries[i];
    if (answer !== undefined) soft.push(judgeQuery(query, answer, evidence));
  });
  const counted = capacityOf(evidence.endpoints);
  return {
    verdict: verdictOf(hard, soft),
    hard,
    soft,
    readyEndpoints: counted?.ready ?? null,
    // What nobody sees any more has not changed for all we know: a watch that fell silent moves nothing.
    capacity: evidence.endpoints?.state === "stale" ? evidence.capacityBefore : counted,
    cluster: signals.gateway === undefined ? null : (evidence.cluster ?? null),
  };
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
