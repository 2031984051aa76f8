import type { Rule } from "./ruleSet.ts";

/** The longest window that a rule looks at, in milliseconds; 0 where it looks at none. */
export function longestWindowMs({ signals }: Rule): number {
  return Math.max(signals.successRate?.windowMs ?? 0, signals.latency?.windowMs ?? 0, signals.unanswered?.windowMs ?? 0);
}
