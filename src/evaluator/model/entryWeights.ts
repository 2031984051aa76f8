import type { DesiredBackend } from "../../routes/route.ts";
import { weightOf } from "../../routes/weight.ts";
import { integerWeights } from "./integerWeights.ts";

/** A backend of a split with its share of the load, and the owner's spellings of its entries. */
export interface SharedBackend {
  readonly backend: string;
  readonly share: number;
  readonly spellings: DesiredBackend["spellings"];
}

/**
 * Integer weights for shares, entry by entry: the entries of one Service, as for two ports, keep the proportion that the owner
 * gave them. Where it gave none of them any weight, the first one has all.
 */
export function entryWeights(backends: readonly SharedBackend[], baselineSum: number): readonly DesiredBackend[] {
  const entries = backends.flatMap(({ share, spellings }) => partsOf(spellings).map((part) => part * share));
  const weights = integerWeights(entries, baselineSum);
  let next = 0;
  return backends.map(({ backend, spellings }) => {
    const own = weights.slice(next, next + spellings.length);
    next += spellings.length;
    return { backend, weight: own.reduce((sum, weight) => sum + weight, 0), spellings: own };
  });
}

/** The part of its Service's weight that each entry has; they add up to 1. */
function partsOf(spellings: DesiredBackend["spellings"]): readonly number[] {
  const weights = spellings.map(weightOf);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight, i) => (sum > 0 ? weight / sum : i === 0 ? 1 : 0));
}
