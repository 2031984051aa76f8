import type { RuleSet } from "./ruleSet.ts";

/** The distinct windows, in milliseconds, that the rules want metrics for; the shortest first. */
export function windowsOf({ rules }: RuleSet): readonly number[] {
  const windows = new Set(rules.flatMap(({ signals }) => (signals.successRate ? [signals.successRate.windowMs] : [])));
  return [...windows].sort((a, b) => a - b);
}
