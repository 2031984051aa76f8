import { isDegraded } from "../evaluator/explain/isDegraded.ts";
import type { RouteState } from "../evaluator/model/state.ts";

/** How much a route needs a person, the worst first. */
export const SEVERITIES = ["failing", "shifted", "returning", "attention", "healthy"] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * `failing`: an unfit backend carries load, so users are failing now. `shifted` and `returning`: the weights differ from the
 * baseline. `attention`: something is wrong that does not hurt users yet.
 */
export function severityOf(route: RouteState): Severity {
  if (isDegraded(route)) return "failing";
  if (route.shifted) return isReturning(route) ? "returning" : "shifted";
  return needsAttention(route) ? "attention" : "healthy";
}

function isReturning({ backends }: RouteState): boolean {
  for (const { state } of backends.values()) if (state.phase === "returning") return true;
  return false;
}

/** A standby that is unfit counts, unless the rule expects standbys that sleep. */
function needsAttention({ problems, brakes, backends, trace }: RouteState): boolean {
  if (problems.length > 0 || brakes.includes("oneClient") || brakes.includes("reapplied")) return true;
  if (trace.judgedBy?.whenNoneReady === "standby") return false;
  for (const { judgement, state } of backends.values()) if (judgement.verdict === "unfit" || state.phase === "out") return true;
  return false;
}
