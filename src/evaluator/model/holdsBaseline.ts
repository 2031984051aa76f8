import { SHARE_TOLERANCE } from "./sameShares.ts";
import type { SurveyedSplit } from "./survey.ts";

/**
 * Whether the live weights give a backend at least its share of the baseline in every split, less what keeps standbys warm
 * (`standbyShare`, which is rounded to whole weights).
 */
export function holdsBaseline(backend: string, splits: readonly SurveyedSplit[], standbyShare: number): boolean {
  const own = splits.filter(({ baseline }) => (baseline[backend] ?? 0) > 0);
  return (
    own.length > 0 &&
    own.every(({ live, baseline }) => {
      const sum = sumOf(live);
      const rounding = standbyShare > 0 ? 1 / sum : SHARE_TOLERANCE;
      const least = ((baseline[backend] ?? 0) / sumOf(baseline)) * (1 - standbyShare);
      return (live[backend] ?? 0) > 0 && (live[backend] ?? 0) / sum >= least - rounding;
    })
  );
}

function sumOf(weights: Readonly<Record<string, number>>): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}
