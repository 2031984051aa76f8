/**
 * evaluator/health/ — judges backends.
 *
 * Turns readings into opinions of signals, and these into verdicts. It must never decide a phase or a weight, and never take
 * an unknown for a failure.
 */
import type { Rule } from "../../rules/ruleSet.ts";
import type { Judgement } from "../model/judgement.ts";
import {
  type Answer,
  answersFor,
  type Counts,
  type Failed,
  latencyKey,
  type Metrics,
  NOT_ASKED,
  type Observation,
  queryKey,
  type SignalWindow,
} from "../model/observation.ts";
import type { RouteFacts } from "../model/routeFacts.ts";
import { averageShares, LATE_FAILURES_MS } from "../model/weightHistory.ts";
import type { Evidence, WindowFacts } from "./evidence.ts";
import { judgeBackend } from "./judgeBackend.ts";
import { LEAST_PROMISED } from "./judgeShare.ts";
import { requestsSent, successRates } from "./successRates.ts";
import { lacksLoad } from "./unclearEndpoints.ts";

/** Judges every backend of a route by the observation of this tick, in the order of the standings. */
export function judgeRoute(route: RouteFacts, observation: Observation, nowMs: number): readonly Judgement[] {
  const { rule, standings, clusters } = route;
  const windows: WindowFacts = {
    wasSentRequests: (backend, window) => wasSentRequests(route, observation.metrics, nowMs, backend, window),
    warmingUp: (windowMs) => nowMs - route.firstSeenMs < windowMs - route.toleranceMs,
  };
  const successRate = successRates(route, observation.metrics, nowMs);
  const { latency, unanswered } = leafAnswers(rule, observation.metrics);
  return standings.map((standing, i) => {
    const { backend, service, state, last } = standing;
    const cluster = observation.clusters.size === 0 ? undefined : observation.clusters.get(service);
    const evidence: Evidence = {
      backend,
      phase: state.phase,
      endpoints: observation.endpoints.get(service),
      lacksLoad: lacksLoad(standing, route),
      last: last?.judgement ?? null,
      cluster: cluster === undefined ? undefined : clusters.get(cluster),
      successRate: successRate === undefined || "error" in successRate ? successRate : successRate[i],
      latency: countsOf(latency, service),
      unanswered: countsOf(unanswered, service),
      queries: rule.signals.queries === undefined ? NO_QUERIES : queryAnswers(route, observation.metrics, backend),
      windows,
    };
    return judgeBackend(evidence, rule);
  });
}

const NO_QUERIES: readonly Answer<number | null>[] = [];

/**
 * Whether the backend must have been sent requests in a window: it had weight, and by the requests of the route's own series at
 * least `LEAST_PROMISED` were due to it. If the splits differ, the share of the traffic that each split gets is unknown,
 * so each is taken to get all of it.
 */
function wasSentRequests(facts: RouteFacts, metrics: Metrics | null, nowMs: number, backend: string, window: SignalWindow | null): boolean {
  const share = averageShares(facts.history, nowMs, (window?.windowMs ?? 0) + LATE_FAILURES_MS).get(backend) ?? 0;
  if (share === 0) return false;
  const requests = requestsSent(facts, metrics, window);
  const splits = facts.surveyed.alike ? 1 : facts.surveyed.splits.length;
  return requests === null || share * splits * requests >= LEAST_PROMISED;
}

type LeafAnswer = Answer<ReadonlyMap<string, Counts>> | undefined;

function leafAnswers({ signals }: Rule, metrics: Metrics | null): { readonly latency: LeafAnswer; readonly unanswered: LeafAnswer } {
  const { latency, unanswered } = signals;
  if (metrics === null) return { latency: undefined, unanswered: undefined };
  return {
    latency: latency && (answersFor(latency, metrics).latency.get(latencyKey(latency.underMs, latency.windowMs)) ?? NOT_ASKED),
    unanswered: unanswered && (answersFor(unanswered, metrics).unanswered.get(unanswered.windowMs) ?? NOT_ASKED),
  };
}

function countsOf(answer: LeafAnswer, service: string): Counts | Failed | null | undefined {
  if (answer === undefined || answer.state === "failed") return answer;
  return answer.value.get(service) ?? null;
}

function queryAnswers({ surveyed, rule }: RouteFacts, metrics: Metrics | null, backend: string): readonly Answer<number | null>[] {
  if (metrics === null) return NO_QUERIES;
  return (rule.signals.queries ?? []).map(({ name }) => metrics.queries.get(queryKey(surveyed.route.key, backend, name)) ?? NOT_ASKED);
}
