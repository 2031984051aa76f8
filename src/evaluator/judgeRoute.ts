import { type Route, serviceKey } from "../routes/route.ts";
import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import { type Judgement, judge, type MetricEvidence } from "./health.ts";
import type { Counts, Observation, WindowMetrics } from "./observation.ts";
import type { WeightsSince } from "./state.ts";
import { accountFailures, type BackendCounts } from "./unaccounted.ts";
import { averageShares, LATE_FAILURES_MS } from "./weightHistory.ts";

/** The look at one route: its backends, what they were until now, and the weights of the recent past. */
export interface RouteLook {
  readonly route: Route;
  readonly rule: Rule;
  readonly states: ReadonlyMap<string, BackendState>;
  readonly history: readonly WeightsSince[];
  readonly firstSeenMs: number;
  readonly toleranceMs: number;
}

/** Judges every backend of a route by all that was seen at this tick. */
export function judgeRoute(look: RouteLook, observation: Observation, nowMs: number): ReadonlyMap<string, Judgement> {
  const { route, rule, states, history } = look;
  const windowMs = rule.signals.successRate?.windowMs ?? 0;
  const shares = averageShares(history, nowMs, windowMs + LATE_FAILURES_MS);
  const metrics = metricEvidence(route, [...states.keys()], windowMs, observation, shares);
  const warmingUp = nowMs - look.firstSeenMs < windowMs - look.toleranceMs;
  const judgements = new Map<string, Judgement>();
  for (const [backend, state] of states) {
    const endpoints = observation.endpoints.get(serviceKey(route.namespace, backend));
    const evidence = {
      endpoints,
      metrics: metrics(backend),
      phase: state.phase,
      sentWeight: (shares.get(backend) ?? 0) > 0,
      warmingUp,
    };
    judgements.set(backend, judge(evidence, rule));
  }
  return judgements;
}

function metricEvidence(
  route: Route,
  backends: readonly string[],
  windowMs: number,
  observation: Observation,
  shares: ReadonlyMap<string, number>,
): (backend: string) => MetricEvidence {
  const window = windowMs === 0 ? undefined : observation.metrics?.get(windowMs);
  if (observation.metrics === null || windowMs === 0) return () => ({ state: "off" });
  // A window that was not asked for yet (the rules have just changed) is no answer.
  if (window === undefined) return () => ({ state: "failed", error: "not asked yet" });
  if (window.state === "failed") {
    const failed: MetricEvidence = { state: "failed", error: window.error };
    return () => failed;
  }
  const counts = countsOf(route, backends, window, shares);
  return (backend) => ({ state: "answered", counts: counts.get(backend) ?? { leaf: null, unaccounted: 0, promised: null } });
}

function countsOf(
  route: Route,
  backends: readonly string[],
  window: Extract<WindowMetrics, { state: "answered" }>,
  shares: ReadonlyMap<string, number>,
): ReadonlyMap<string, BackendCounts> {
  const leaves = new Map<string, Counts>();
  for (const backend of backends) {
    const counts = window.leaves.get(serviceKey(route.namespace, backend));
    if (counts !== undefined) leaves.set(backend, counts);
  }
  const known = new Map(backends.map((backend) => [backend, shares.get(backend) ?? 0]));
  return accountFailures(leaves, window.apexes.get(serviceKey(route.namespace, route.apex)) ?? null, known);
}
