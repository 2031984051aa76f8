import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";
import type { BackendReason, Brake, Reason } from "../model/reason.ts";
import type { RouteState, RouteTrace } from "../model/state.ts";
import type { SplitPlan, Survey } from "../model/survey.ts";

/** What the look at a route has come to: all that the status page and the metrics tell, and what the next look needs. */
export function reportRoute(
  { route, ref }: Survey,
  rule: Rule,
  firstSeenMs: number,
  pinned: string | null,
  plans: readonly SplitPlan[],
  moved: ReadonlyMap<string, BackendReport>,
  reasons: readonly BackendReason[],
  reappliedBy: string | null,
  trace: RouteTrace,
): RouteState {
  const splits = plans.map((split) => split.state);
  return {
    ref,
    rule: rule.name,
    primary: route.primary,
    firstSeenMs,
    frozen: route.frozen,
    pinned,
    shifted: plans.some(({ isShifted }) => isShifted),
    problems: route.problems,
    splits,
    backends: moved,
    reasons,
    brakes: brakesOf(reasons, moved),
    reappliedBy,
    trace,
  };
}

const NO_BRAKES: readonly Brake[] = [];

function noteBrake(brakes: Brake[], reason: Reason): void {
  if (reason.kind === "brake" && !brakes.includes(reason.brake)) brakes.push(reason.brake);
}

/** What holds a change of the route, each brake once. */
function brakesOf(reasons: readonly BackendReason[], moved: ReadonlyMap<string, BackendReport>): readonly Brake[] {
  const brakes: Brake[] = [];
  for (const { reason } of reasons) noteBrake(brakes, reason);
  for (const { judgement, waits } of moved.values()) {
    for (const signal of judgement.soft) for (const reason of signal.reasons) noteBrake(brakes, reason);
    for (const reason of waits) noteBrake(brakes, reason);
  }
  return brakes.length === 0 ? NO_BRAKES : brakes;
}
