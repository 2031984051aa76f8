import type { Held } from "../brakes/holdRoute.ts";
import { isMeasured } from "../brakes/measured.ts";
import type { BackendReport } from "../model/backendReport.ts";
import type { Planned } from "../model/planned.ts";
import type { BackendReason, Brake, Reason } from "../model/reason.ts";
import type { RouteFacts } from "../model/routeFacts.ts";
import type { RouteState, RouteTrace } from "../model/state.ts";
import { routeReasons } from "./routeReasons.ts";

/** The results of a tick for a route. */
export interface RouteResult {
  readonly facts: RouteFacts;
  readonly planned: Planned;
  readonly held: Held;
  readonly restsUntilMs: number;
  readonly nowMs: number;
}

/** The state of a route after a tick: what the status page and the metrics show, and what the next tick needs. */
export function reportRoute({ facts, planned, held, restsUntilMs, nowMs }: RouteResult): RouteState {
  const { surveyed, rule, firstSeenMs, history } = facts;
  const { route, ref, memory, reconciled, shares } = surveyed;
  const { plans, moved, pin, frozen } = planned;
  const reasons = routeReasons(planned, held, rule);
  const trace: RouteTrace = {
    memory,
    seenText: route.memoryText,
    source: reconciled.source,
    history,
    survey: surveyed,
    route,
    countedMs: [...moved.values()].every(({ state }) => state.phase === "serving") ? null : nowMs,
    restsUntilMs,
    reapplies: held.reapplies,
    measured: isMeasured(moved, shares),
    judgedBy: rule,
  };
  return {
    ref,
    rule: rule.name,
    primary: route.primary,
    firstSeenMs,
    frozen,
    ...(frozen && route.frozenUntilMs !== undefined && { frozenUntilMs: route.frozenUntilMs }),
    pinned: pin?.backend ?? null,
    shifted: plans.some(({ isShifted }) => isShifted),
    problems: route.problems,
    splits: plans.map(({ state }) => state),
    backends: moved,
    reasons,
    brakes: brakesOf(reasons, moved),
    reappliedBy: held.reappliedBy,
    trace,
  };
}

const NO_BRAKES: readonly Brake[] = [];

function noteBrake(brakes: Brake[], reason: Reason): void {
  if (reason.kind === "brake" && !brakes.includes(reason.brake)) brakes.push(reason.brake);
}

/** The brakes that hold a change of the route, each once. */
function brakesOf(reasons: readonly BackendReason[], moved: ReadonlyMap<string, BackendReport>): readonly Brake[] {
  const brakes: Brake[] = [];
  for (const { reason } of reasons) noteBrake(brakes, reason);
  for (const { judgement, waits } of moved.values()) {
    for (const signal of judgement.soft) for (const reason of signal.reasons) noteBrake(brakes, reason);
    for (const reason of waits) noteBrake(brakes, reason);
  }
  return brakes.length === 0 ? NO_BRAKES : brakes;
}
