import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import { type Judgement, judge, type MetricEvidence } from "./health.ts";
import type { Observation } from "./observation.ts";
import type { WeightsSince } from "./state.ts";
import type { Survey } from "./survey.ts";
import { accountFailures } from "./unaccounted.ts";
import { averageShares, LATE_FAILURES_MS } from "./weightHistory.ts";

/** The look at one route: its backends, what they were until now, and the weights of the recent past. */
export interface RouteLook {
  readonly surveyed: Survey;
  readonly rule: Rule;
  readonly states: ReadonlyMap<string, BackendState>;
  readonly history: readonly WeightsSince[];
  readonly firstSeenMs: number;
  readonly toleranceMs: number;
}

/** Judges every backend of a route by all that was seen at this tick. */
export function judgeRoute(look: RouteLook, observation: Observation, nowMs: number): ReadonlyMap<string, Judgement> {
  const { surveyed, rule, states, history } = look;
  const windowMs = rule.signals.successRate?.windowMs ?? 0;
  const shares = averageShares(history, nowMs, windowMs + LATE_FAILURES_MS);
  const metricsOf = metricEvidence(surveyed, windowMs, observation, shares);
  const warmingUp = nowMs - look.firstSeenMs < windowMs - look.toleranceMs;
  const judgements = new Map<string, Judgement>();
  for (const [backend, state] of states) {
    const evidence = {
      endpoints: observation.endpoints.get(surveyed.services.get(backend) ?? ""),
      metrics: metricsOf(backend),
      phase: state.phase,
      sentWeight: (shares.get(backend) ?? 0) > 0,
      warmingUp,
    };
    judgements.set(backend, judge(evidence, rule));
  }
  return judgements;
}

const METRICS_OFF: MetricEvidence = { state: "off" };
const NOTHING_COUNTED: MetricEvidence = { state: "answered", counts: { leaf: null, unaccounted: 0, promised: null } };

function metricEvidence(
  surveyed: Survey,
  windowMs: number,
  observation: Observation,
  shares: ReadonlyMap<string, number>,
): (backend: string) => MetricEvidence {
  if (observation.metrics === null || windowMs === 0) return () => METRICS_OFF;
  // A window that was not asked for yet (the rules have just changed) is no answer.
  const window = observation.metrics.get(windowMs) ?? { state: "failed", error: "not asked yet" };
  if (window.state === "failed") {
    const failed: MetricEvidence = { state: "failed", error: window.error };
    return () => failed;
  }
  const leafOf = (backend: string) => window.leaves.get(surveyed.services.get(backend) ?? "") ?? null;
  const backends = [...surveyed.services.keys()];
  const counts = accountFailures(backends, leafOf, window.apexes.get(surveyed.apex) ?? null, (backend) => shares.get(backend) ?? 0);
  return (backend) => {
    const own = counts.get(backend);
    return own === undefined ? NOTHING_COUNTED : { state: "answered", counts: own };
  };
}
