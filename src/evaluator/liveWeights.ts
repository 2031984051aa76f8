import type { ReconciledSplit } from "../routes/baseline.ts";
import { weightOfAll } from "../routes/weight.ts";

/** The weights that a split is judged by: the live ones, or the baseline where all live ones are zero. */
export function liveWeights({ live, baseline }: ReconciledSplit): Readonly<Record<string, number>> {
  for (const backend in live) if ((live[backend] ?? 0) > 0) return live;
  return Object.fromEntries(Object.entries(baseline).map(([backend, spellings]) => [backend, weightOfAll(spellings)]));
}
