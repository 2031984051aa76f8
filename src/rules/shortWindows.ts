import type { RuleSet } from "./ruleSet.ts";

/** A window with fewer scrapes than this says more about when it was scraped than about the backend. */
export const FEWEST_SCRAPES = 3;
/** How often is scraped is measured, and may be off by so much. */
const TOLERANCE = 0.1;

export interface ShortWindow {
  readonly rule: string;
  readonly signal: "successRate" | "latency" | "unanswered";
  readonly windowMs: number;
}

/** The windows of the rules that hold fewer than three scrapes. */
export function shortWindows({ rules }: RuleSet, scrapeMs: number): readonly ShortWindow[] {
  return rules.flatMap(({ name, signals }) =>
    (["successRate", "latency", "unanswered"] as const).flatMap((signal): readonly ShortWindow[] => {
      const windowMs = signals[signal]?.windowMs;
      const isShort = windowMs !== undefined && windowMs < FEWEST_SCRAPES * scrapeMs * (1 - TOLERANCE);
      return isShort ? [{ rule: name, signal, windowMs }] : [];
    }),
  );
}
