import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import type { Brake } from "../evaluator/model/reason.ts";
import type { RouteRef } from "../routes/route.ts";

/** Counters of what happens. What merely is (weights, phases, …) is read from the Report instead. */
export interface Telemetry {
  ticked(durationMs: number): void;
  /** A route was held by these brakes at one tick. */
  held(brakes: readonly Brake[]): void;
  /** Another writer put the baseline back over our weights. */
  reapplied(route: RouteRef, manager: string): void;
  /** What became of a decision. */
  settled(decision: Decision, outcome: Outcome): void;
}
