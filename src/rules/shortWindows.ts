import type { RuleSet } from "./ruleSet.ts";

/** With fewer scrapes in a window, its counts depend more on the times of the scrapes than on the backend. */
export const FEWEST_SCRAPES = 3;
/** The measured scrape interval may be wrong by this share. */
const TOLERANCE = 0.1;

export interface ShortWindow {
  readonly rule: string;
  readonly signal: "successRate" | "latency" | "unanswered";
  readonly windowMs: number;
}

/** The windows of the rules with fewer than FEWEST_SCRAPES scrapes in them. */
export function shortWindows({ rules }: RuleSet, scrapeMs: number): readonly ShortWindow[] {
  return rules.flatMap(({ name, signals }) =>
    (["successRate", "latency", "unanswered"] as const).flatMap((signal): readonly ShortWindow[] => {
      const windowMs = signals[signal]?.windowMs;
      const isShort = windowMs !== undefined && windowMs < FEWEST_SCRAPES * scrapeMs * (1 - TOLERANCE);
      return isShort ? [{ rule: name, signal, windowMs }] : [];
    }),
  );
}
