import type { Counts } from "../evaluator/model/observation.ts";
import { addUp, type CountsRead, type Sample } from "./counts.ts";
import { type LeafNames, leafOf } from "./leaf.ts";
import type { Slices } from "./slices.ts";

/**
 * The requests that were started in a window; those without an answer are failures. A hung backend never answers, so
 * the families of responses do not count its requests.
 */
export function unanswered(begun: ReadonlyMap<string, Counts>, answered: ReadonlyMap<string, Counts>): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  for (const [leaf, { total }] of begun) {
    // More answers than requests: some requests were started before the window.
    counts.set(leaf, { total, failures: Math.max(0, total - (answered.get(leaf)?.total ?? 0)) });
  }
  return counts;
}

/** From this share of unanswered requests on it is asked whether answers are kept at all. */
const MOSTLY_UNANSWERED = 0.2;

/** Whether a leaf answers so little that it hangs, or that its answers are not kept. */
export function seemsHung(counts: ReadonlyMap<string, Counts>): boolean {
  return [...counts.values()].some(({ total, failures }) => failures > MOSTLY_UNANSWERED * total);
}

/** Reads the answer to `begunQuery` or `leafQuery`, good and bad together; by `NAMESPACE/SERVICE` of the leaf. */
export function readTotals(samples: readonly Sample[], leafNames: LeafNames): Slices<CountsRead> {
  return addUp(
    samples,
    (labels) => leafOf(labels, leafNames),
    () => false,
  );
}
