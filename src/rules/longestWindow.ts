import type { Rule } from "./ruleSet.ts";

/** The longest window of a rule in milliseconds; 0 if it has none. */
export function longestWindowMs({ signals }: Rule): number {
  return Math.max(signals.successRate?.windowMs ?? 0, signals.latency?.windowMs ?? 0, signals.unanswered?.windowMs ?? 0);
}
