import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import { type Judgement, judge, type MetricEvidence } from "./health.ts";
import type { Observation } from "./observation.ts";
import type { WeightsSince } from "./state.ts";
import type { Survey } from "./survey.ts";
import { accountFailures } from "./unaccounted.ts";
import { averageShares, LATE_FAILURES_MS } from "./weightHistory.ts";

/** A backend of the route, where it stood until now. */
export interface Standing {
  readonly backend: string;
  /** `NAMESPACE/SERVICE` */
  readonly service: string;
  readonly state: BackendState;
}

/** The look at one route: its backends, and the weights of the recent past. */
export interface RouteLook {
  readonly surveyed: Survey;
  readonly rule: Rule;
  readonly standings: readonly Standing[];
  readonly history: readonly WeightsSince[];
  readonly firstSeenMs: number;
  readonly toleranceMs: number;
}

/** Judges every backend of a route by all that was seen at this tick, in the order of the standings. */
export function judgeRoute(look: RouteLook, observation: Observation, nowMs: number): readonly Judgement[] {
  const { rule, standings, history } = look;
  const windowMs = rule.signals.successRate?.windowMs ?? 0;
  const shares = averageShares(history, nowMs, windowMs + LATE_FAILURES_MS);
  const metrics = metricEvidence(look, windowMs, observation, shares, averageShares(history, nowMs, windowMs));
  const warmingUp = nowMs - look.firstSeenMs < windowMs - look.toleranceMs;
  return standings.map(({ backend, service, state }, i) => {
    const sentWeight = (shares.get(backend) ?? 0) > 0;
    const endpoints = observation.endpoints.get(service);
    return judge({ endpoints, metrics: metrics[i] ?? METRICS_OFF, phase: state.phase, sentWeight, warmingUp }, rule);
  });
}

const METRICS_OFF: MetricEvidence = { state: "off" };

function metricEvidence(
  { surveyed, standings }: RouteLook,
  windowMs: number,
  observation: Observation,
  sharesBefore: ReadonlyMap<string, number>,
  shares: ReadonlyMap<string, number>,
): readonly MetricEvidence[] {
  if (observation.metrics === null || windowMs === 0) return [];
  // A window that was not asked for yet (the rules have just changed) is no answer.
  const window = observation.metrics.get(windowMs) ?? { state: "failed", error: "not asked yet" };
  if (window.state === "failed") {
    const failed: MetricEvidence = { state: "failed", error: window.error };
    return standings.map(() => failed);
  }
  // Late failures are those of whoever has left. Who gave its load back received what the window promised it: measured
  // by a longer past it would seem to fall short, and be blamed for a relapse of the other one.
  const shareOf = ({ backend, state }: Standing) => (state.phase === "out" ? sharesBefore : shares).get(backend) ?? 0;
  const leaves = standings.map((standing) => ({ leaf: window.leaves.get(standing.service) ?? null, share: shareOf(standing) }));
  const counted = accountFailures(leaves, window.apexes.get(surveyed.apex) ?? null);
  return counted.map((counts, i) => {
    // Whoever serves and carries nothing now is not to be convicted by a guess about others' requests.
    const idle = standings[i]?.state.phase !== "out" && (surveyed.shares.get(standings[i]?.backend ?? "") ?? 0) === 0;
    return { state: "answered", counts: idle ? { ...counts, unaccounted: 0 } : counts };
  });
}
