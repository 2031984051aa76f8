import type { Rule, RuleSet } from "./ruleSet.ts";

/** The distinct windows, in milliseconds, that the rules want metrics for; the shortest first. */
export function windowsOf({ rules }: RuleSet): readonly number[] {
  const windows = new Set(rules.flatMap(({ signals }) => (signals.successRate ? [signals.successRate.windowMs] : [])));
  return [...windows].sort((a, b) => a - b);
}

/** The longest window that a rule looks at, in milliseconds; 0 where it looks at none. */
export function longestWindowMs({ signals }: Rule): number {
  return Math.max(signals.successRate?.windowMs ?? 0, signals.latency?.windowMs ?? 0, signals.unanswered?.windowMs ?? 0);
}
