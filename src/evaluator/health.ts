import type { Phase } from "../routes/route.ts";
import type { Rule } from "../rules/ruleSet.ts";
import type { ClusterState } from "./clusters.ts";
import { judgeGateway } from "./judgeGateway.ts";
import { against, type Judgement, type SignalJudgement } from "./judgement.ts";
import { judgeQuery } from "./judgeQuery.ts";
import { judgeReadiness } from "./judgeReadiness.ts";
import { judgeShare } from "./judgeShare.ts";
import type { Answer, Counts, Endpoints } from "./observation.ts";
import type { TierCapacity } from "./spill.ts";
import type { BackendCounts } from "./unaccounted.ts";

/** What was seen of one backend. An answer of null: metrics are off. */
export interface Evidence {
  /** Undefined: the Service has no endpoints at all. */
  readonly endpoints: Endpoints | undefined;
  /** The cluster that it mirrors through a gateway, as that stands; undefined: it mirrors none. */
  readonly cluster: ClusterState | undefined;
  readonly successRate: Answer<BackendCounts> | null;
  readonly latency: Answer<Counts | null> | null;
  readonly unanswered: Answer<Counts | null> | null;
  /** By name of the query, in the order of the rule. */
  readonly queries: readonly { readonly name: string; readonly answer: Answer<number | null> | null }[];
  readonly phase: Phase;
  /** Whether it was sent anything during a window. */
  readonly sentWeight: (windowMs: number) => boolean;
  /** Metrics of this window say nothing yet: the first one after the route was first seen is not over. */
  readonly warmingUp: (windowMs: number) => boolean;
}

/** Judges one backend by every signal of its rule. */
export function judge(evidence: Evidence, rule: Rule): Judgement {
  const { signals } = rule;
  const hard: SignalJudgement[] = [];
  const soft: SignalJudgement[] = [];
  if (signals.readiness !== undefined) hard.push(judgeReadiness(evidence.endpoints, signals.readiness));
  if (signals.gateway !== undefined && evidence.cluster !== undefined) hard.push(judgeGateway(evidence.cluster));
  if (signals.successRate !== undefined && evidence.successRate !== null) {
    soft.push(judgeShare(successRateQuestion(evidence, evidence.successRate, signals.successRate), evidence));
  }
  if (signals.latency !== undefined && evidence.latency !== null) {
    soft.push(judgeShare(latencyQuestion(evidence.latency, signals.latency), evidence));
  }
  if (signals.unanswered !== undefined && evidence.unanswered !== null) {
    soft.push(judgeShare(unansweredQuestion(evidence.unanswered, signals.unanswered), evidence));
  }
  for (const [i, query] of (signals.queries ?? []).entries()) {
    const answer = evidence.queries[i]?.answer ?? null;
    if (answer !== null) soft.push(judgeQuery(query, answer));
  }
  const capacity = capacityOf(evidence.endpoints);
  return {
    verdict: verdictOf(hard, soft),
    hard,
    soft,
    readyEndpoints: capacity?.ready ?? null,
    capacity,
    reasons: [...hard, ...soft].flatMap(({ reasons }) => reasons),
  };
}

function verdictOf(hard: readonly SignalJudgement[], soft: readonly SignalJudgement[]): Judgement["verdict"] {
  if (against(hard) !== null || against(soft) !== null) return "unfit";
  const isFit = ({ opinion }: SignalJudgement) => opinion === "fit";
  return hard.some(isFit) || soft.some(isFit) ? "fit" : "unknown";
}

const NO_ENDPOINTS: TierCapacity = { ready: 0, desired: 0 };

/** Endpoints that are not ready count as wanted: those that are ready are never all that there should be. */
function capacityOf(endpoints: Endpoints | undefined): TierCapacity | null {
  if (endpoints === undefined) return NO_ENDPOINTS;
  return endpoints.state === "counted" ? { ready: endpoints.ready, desired: endpoints.ready + endpoints.notReady } : null;
}

type ShareQuestion = Parameters<typeof judgeShare>[0];

function successRateQuestion(
  { phase }: Evidence,
  answer: Answer<BackendCounts>,
  signal: NonNullable<Rule["signals"]["successRate"]>,
): ShareQuestion {
  if (answer.state === "failed") return { ...signal, signal: "successRate", counts: answer, unaccounted: 0, promised: null };
  const { leaf, unaccounted, promised } = answer.value;
  const counts: Counts | null =
    leaf === null && unaccounted === 0 ? null : { total: (leaf?.total ?? 0) + unaccounted, failures: (leaf?.failures ?? 0) + unaccounted };
  // Whoever is out was promised nothing any more; what the window still holds of its time is no promise.
  return {
    ...signal,
    signal: "successRate",
    counts: { state: "answered", value: counts },
    unaccounted,
    promised: phase === "out" ? null : promised,
  };
}

function latencyQuestion(answer: Answer<Counts | null>, signal: NonNullable<Rule["signals"]["latency"]>): ShareQuestion {
  return { ...signal, signal: "latency", counts: answer, unaccounted: 0, promised: null };
}

/** The same question the other way round: the share of requests that are answered. */
function unansweredQuestion(answer: Answer<Counts | null>, signal: NonNullable<Rule["signals"]["unanswered"]>): ShareQuestion {
  const { failAbove, recoverBelow, windowMs, minRequests } = signal;
  const thresholds = { failBelow: 1 - failAbove, recoverAbove: 1 - recoverBelow };
  return { ...thresholds, windowMs, minRequests, signal: "unanswered", counts: answer, unaccounted: 0, promised: null };
}
