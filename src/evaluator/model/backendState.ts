import type { Cause } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { Trial } from "./trial.ts";

/** The phase of a backend, with what nextPhase.ts needs to change it. */
export type BackendState = Serving | Suspect | Out | Returning;

interface Tenure {
  /** When this phase, or this step of a return, began. */
  readonly sinceMs: number;
  /** How many times it failed again after its return had begun. Each relapse makes the next wait longer. */
  readonly relapses: number;
}

export interface Serving extends Tenure {
  readonly phase: "serving";
  /** Why it was out, until `forgetAfter` has passed; null: it has a clean record. */
  readonly cause: Cause | null;
}

export interface Suspect extends Tenure {
  readonly phase: "suspect";
  readonly cause: Cause | null;
  /** When it began to serve, before it became suspect. */
  readonly servingSinceMs: number;
  /** The signal that was unfit last. */
  readonly suspectedBy: string;
  /** How long the evidence of each signal against it has lasted, by the signal's name. */
  readonly evidence: ReadonlyMap<string, Stopwatch>;
  readonly lastUnfitMs: number;
  /** For signals with `earlyWhenSure`: how sure the ticks since then are together (beyondDoubt.ts), by the signal's name. */
  readonly sureness?: ReadonlyMap<string, number>;
}

export interface Out extends Tenure {
  readonly phase: "out";
  readonly cause: Cause;
  /** It relapsed from a step of its return, so it carried no more than that step. */
  readonly fromStep: boolean;
  /** How long it has been good; null while it is not. */
  readonly good: Stopwatch | null;
  /** Milliseconds of a wait after relapses that had passed before this process saw it. All of `recoverAfter` it has to see. */
  readonly waitedMs?: number;
}

export interface Returning extends Tenure {
  readonly phase: "returning";
  readonly cause: Cause;
  /** Index into the rule's `return.steps`. */
  readonly step: number;
  /** What it has answered in this step; null: the weights of the step are not live yet. */
  readonly trial: Trial | null;
}

/** The state of a backend with a clean record. */
export function clean(nowMs: number): Serving {
  return { phase: "serving", sinceMs: nowMs, relapses: 0, cause: null };
}

/** After a relapse the wait grows from this at the least, so that a short `recoverAfter` does not end damping. */
const LEAST_WAIT_MS = 10_000;

/** Milliseconds that a backend must be good before any traffic returns: longer with every relapse, up to `damping.max`. */
export function recoveryWaitMs({ recoverAfterMs, damping }: Rule, relapses: number): number {
  if (relapses === 0) return recoverAfterMs;
  const longerMs = Math.max(recoverAfterMs, LEAST_WAIT_MS) * damping.factor ** relapses;
  return Math.max(recoverAfterMs, Math.min(longerMs, damping.maxMs));
}
