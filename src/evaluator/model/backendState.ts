import type { Cause } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** Where a backend of a route stands in the machine of nextPhase.ts. */
export type BackendState = Serving | Suspect | Out | Returning;

interface Tenure {
  /** When this phase, or this step of a return, began. */
  readonly sinceMs: number;
  /** Times that it failed again after it had begun to return; each makes the next wait longer. */
  readonly relapses: number;
}

export interface Serving extends Tenure {
  readonly phase: "serving";
  /** Why it was out, as long as that is not forgotten; null is a clean record. */
  readonly cause: Cause | null;
}

export interface Suspect extends Tenure {
  readonly phase: "suspect";
  readonly cause: Cause | null;
  /** Since when it had been serving when it became suspect. */
  readonly servingSinceMs: number;
  /** The signal that spoke against it last. */
  readonly suspectedBy: string;
  /** How long the evidence has lasted. */
  readonly evidence: Stopwatch;
  readonly lastUnfitMs: number;
}

export interface Out extends Tenure {
  readonly phase: "out";
  readonly cause: Cause;
  /** It relapsed while it was returning, so it carried no more than a step. */
  readonly fromStep: boolean;
  /** How long it has been good; null while it is not. */
  readonly good: Stopwatch | null;
}

export interface Returning extends Tenure {
  readonly phase: "returning";
  readonly cause: Cause;
  /** Index into the rule's `return.steps`. */
  readonly step: number;
}

/** The state of a backend with a clean record. */
export function clean(nowMs: number): Serving {
  return { phase: "serving", sinceMs: nowMs, relapses: 0, cause: null };
}

/** Milliseconds that a backend must be good before any traffic returns: longer with every relapse, up to `damping.max`. */
export function recoveryWaitMs(rule: Rule, relapses: number): number {
  return Math.max(rule.recoverAfterMs, Math.min(rule.recoverAfterMs * rule.damping.factor ** relapses, rule.damping.maxMs));
}
