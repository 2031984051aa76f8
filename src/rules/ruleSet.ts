/**
 * rules/ — what the operator wants.
 *
 * The schema is the only definition of the rules file; everything else here is a rendering of it. This room must
 * never read a file, a clock or the environment: text goes in, a RuleSet or problems come out.
 */
import type { RouteKind } from "../routes/route.ts";

/** A rule with every key filled in. Durations are in milliseconds, shares are 0..1. */
export interface Rule {
  readonly name: string;
  readonly match: Match;
  readonly signals: Signals;
  readonly failAfterMs: number;
  readonly recoverAfterMs: number;
  readonly return: { readonly steps: readonly number[]; readonly everyMs: number };
  readonly damping: { readonly factor: number; readonly maxMs: number; readonly forgetAfterMs: number };
  readonly fallback: { readonly order: "together" | "listed" };
  readonly whenNoneFit: "readiness" | "hold";
}

/** An absent part matches everything. */
export interface Match {
  readonly namespaces?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly kinds?: readonly RouteKind[];
}

/** A signal that is absent is off. */
export interface Signals {
  readonly readiness?: ReadinessSignal;
  readonly successRate?: SuccessRateSignal;
}

export interface ReadinessSignal {
  readonly minReady: number;
}

export interface SuccessRateSignal {
  readonly failBelow: number;
  readonly recoverAbove: number;
  readonly windowMs: number;
  readonly minRequests: number;
}

/** Never empty; the first rule that matches a route wins. */
export interface RuleSet {
  readonly rules: readonly Rule[];
}
