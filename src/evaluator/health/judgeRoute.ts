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
  type Counts,
  type Failed,
  latencyKey,
  type Metrics,
  type Observation,
  queryKey,
  type RequestCounts,
} from "../model/observation.ts";
import type { RouteFacts } from "../model/routeFacts.ts";
import type { Standing } from "../model/standings.ts";
import type { Survey } from "../model/survey.ts";
import { averageShares, LATE_FAILURES_MS } from "../model/weightHistory.ts";
import type { Evidence, WindowFacts } from "./evidence.ts";
import { judgeBackend } from "./judgeBackend.ts";
import { accountFailures, type BackendCounts, type Leaf } from "./unaccounted.ts";

/** Judges every backend of a route by the observation of this tick, in the order of the standings. */
export function judgeRoute(route: RouteFacts, observation: Observation, nowMs: number): readonly Judgement[] {
  const { rule, standings, clusters } = route;
  const windows: WindowFacts = {
    wasSentRequests: (backend, windowMs) => wasSentRequests(route, observation.metrics, nowMs, backend, windowMs),
    warmingUp: (windowMs) => nowMs - route.firstSeenMs < windowMs - route.toleranceMs,
  };
  const successRate = successRates(route, observation.metrics, nowMs);
  const { latency, unanswered } = leafAnswers(rule, observation.metrics);
  return standings.map(({ backend, service, state, last }, i) => {
    const cluster = observation.clusters.size === 0 ? undefined : observation.clusters.get(service);
    const evidence: Evidence = {
      backend,
      phase: state.phase,
      endpoints: observation.endpoints.get(service),
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

/** The answer to a query that was not sent yet, because the rules have just changed. */
const NOT_ASKED: Failed = { state: "failed", error: "not asked yet" };

/** With this many expected requests, the probability that none arrives is 5 % (e^-3). */
const LEAST_EXPECTED_REQUESTS = 3;

/**
 * Whether the backend must have been sent requests in a window: it had weight, and by the requests of the route's own series at
 * least `LEAST_EXPECTED_REQUESTS` were due to it. If the splits differ, the share of the traffic that each split gets is unknown,
 * so each is taken to get all of it.
 */
function wasSentRequests(
  { surveyed, rule, history }: RouteFacts,
  metrics: Metrics | null,
  nowMs: number,
  backend: string,
  windowMs: number,
): boolean {
  const share = averageShares(history, nowMs, windowMs + LATE_FAILURES_MS).get(backend) ?? 0;
  const countedMs = rule.signals.successRate?.windowMs;
  const answer = countedMs === undefined ? undefined : metrics?.requests.get(countedMs);
  if (share === 0 || countedMs === undefined || answer?.state !== "answered") return share > 0;
  const ofRoute = routeCounts(surveyed, answer.value);
  if (ofRoute === undefined) return true;
  const splits = surveyed.alike ? 1 : surveyed.splits.length;
  // The window of an operator's own query is unknown.
  const spanMs = windowMs === 0 ? countedMs : windowMs;
  return (share * splits * ofRoute.total * spanMs) / countedMs >= LEAST_EXPECTED_REQUESTS;
}

/** The counts of the route's own series, which have no label for the rule of the route. */
function routeCounts({ route, apex }: Survey, { apexes, routes }: RequestCounts): Counts | undefined {
  return route.kind === "TrafficSplit" ? apexes.get(apex) : routes.get(route.key);
}

type LeafAnswer = Answer<ReadonlyMap<string, Counts>> | undefined;

function leafAnswers({ signals }: Rule, metrics: Metrics | null): { readonly latency: LeafAnswer; readonly unanswered: LeafAnswer } {
  const { latency, unanswered } = signals;
  return {
    latency:
      metrics === null || latency === undefined
        ? undefined
        : (metrics.latency.get(latencyKey(latency.underMs, latency.windowMs)) ?? NOT_ASKED),
    unanswered: metrics === null || unanswered === undefined ? undefined : (metrics.unanswered.get(unanswered.windowMs) ?? NOT_ASKED),
  };
}

function countsOf(answer: LeafAnswer, service: string): Counts | Failed | null | undefined {
  if (answer === undefined || answer.state === "failed") return answer;
  return answer.value.get(service) ?? null;
}

/** The counts for `successRate` in the order of the standings, or one failure for all; undefined: the signal is off. */
function successRates(
  { surveyed, standings, rule, history }: RouteFacts,
  metrics: Metrics | null,
  nowMs: number,
): readonly BackendCounts[] | Failed | undefined {
  const windowMs = rule.signals.successRate?.windowMs;
  if (windowMs === undefined || metrics === null) return undefined;
  const answer = metrics.requests.get(windowMs) ?? NOT_ASKED;
  if (answer.state === "failed") return answer;
  const { leaves } = answer.value;
  const shares = averageShares(history, nowMs, windowMs);
  const sharesBefore = averageShares(history, nowMs, windowMs + LATE_FAILURES_MS);
  const seen = standings.map(({ backend, service, state }): Leaf => {
    // A longer past counts only for backends that are out, because late failures are theirs. With it, a standby that has just
    // given its load back would seem to fall short, and a relapse of the primary would be attributed to it.
    const share = (state.phase === "out" ? sharesBefore : shares).get(backend) ?? 0;
    return { leaf: leaves.get(service) ?? null, share };
  });
  // If the route has rules that are no splits, an unaccounted failure may belong to one of them.
  const ofRoute = surveyed.route.hasOtherRules ? undefined : routeCounts(surveyed, answer.value);
  const counted = accountFailures(seen, ofRoute ?? null, surveyed.alike);
  for (const { unaccounted } of counted)
    if (unaccounted > 0) return withoutIdle(counted, standings, history.at(-1)?.shares ?? surveyed.shares);
  return counted;
}

/** Attributes no unaccounted failure to a backend that serves without load, because the attribution is an estimate. */
function withoutIdle(
  counted: readonly BackendCounts[],
  standings: readonly Standing[],
  shares: ReadonlyMap<string, number>,
): readonly BackendCounts[] {
  const idle = ({ backend, state }: Standing) => state.phase !== "out" && (shares.get(backend) ?? 0) === 0;
  return counted.map((counts, i) => {
    const standing = standings[i];
    return counts.unaccounted > 0 && standing !== undefined && idle(standing) ? { ...counts, unaccounted: 0 } : counts;
  });
}

function queryAnswers({ surveyed, rule }: RouteFacts, metrics: Metrics | null, backend: string): readonly Answer<number | null>[] {
  if (metrics === null) return NO_QUERIES;
  return (rule.signals.queries ?? []).map(({ name }) => metrics.queries.get(queryKey(surveyed.route.key, backend, name)) ?? NOT_ASKED);
}
