import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import type { Brake } from "../evaluator/model/reason.ts";
import type { RouteRef } from "../routes/route.ts";

/** Counters of what happens. The current state (weights, phases, …) is read from the Report instead. */
export interface Telemetry {
  ticked(durationMs: number): void;
  /** These brakes held a route in one tick. */
  held(brakes: readonly Brake[]): void;
  /** Another writer put the baseline back over our weights. */
  reapplied(route: RouteRef, manager: string): void;
  /** A decision has this outcome. */
  settled(decision: Decision, outcome: Outcome): void;
}
