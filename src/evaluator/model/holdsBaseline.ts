import { SHARE_TOLERANCE } from "./sameShares.ts";
import type { SurveyedSplit } from "./survey.ts";

/** Whether the live weights give a backend at least its share of the baseline in every split. */
export function holdsBaseline(backend: string, splits: readonly SurveyedSplit[]): boolean {
  const own = splits.filter(({ baseline }) => (baseline[backend] ?? 0) > 0);
  return own.length > 0 && own.every(({ live, baseline }) => shareOf(backend, live) >= shareOf(backend, baseline) - SHARE_TOLERANCE);
}

function shareOf(backend: string, weights: Readonly<Record<string, number>>): number {
  return (weights[backend] ?? 0) / Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}
