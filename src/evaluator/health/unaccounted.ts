import type { Counts } from "../model/observation.ts";

/** A share above this counts as the whole weight. */
const WHOLE_WEIGHT = 0.999;

/** A backend that is dead behind ready endpoints answers at most this many requests for each unaccounted failure. */
const TRICKLE = 0.1;

/** The counts of a backend's own series, and what the route's series add to them. */
export interface BackendCounts {
  /** Null: the backend has no series. */
  readonly leaf: Counts | null;
  /** Failures of the route that no backend's series counted and that are attributed to this backend. */
  readonly unaccounted: number;
  /** Requests that it should have received by the route's traffic and its weight; null: unknown. */
  readonly promised: number | null;
}

/** The counts of a backend's own series, and its share of the route's traffic by its weight. */
export interface Leaf {
  readonly leaf: Counts | null;
  /** Averaged over the splits. For a backend that is out it covers a longer time, so the shares may not add up to 1. */
  readonly share: number;
}

/**
 * Adds the route's unaccounted failures to the leaf counts, in the order of the leaves.
 *
 * When pods die behind ready endpoints, the client's proxy fails requests before they reach an endpoint. No leaf series counts
 * them, so the dead backend reads 100 % success; only the route's own series has the failures. They are attributed to the
 * backend that had the whole weight. If there is none, they are attributed to the backends that received less than their weight
 * promised, in proportion to the shortfall. If the splits are not `alike`, the traffic of each split is unknown and nothing is
 * promised: the failures are attributed by weight to the backends that answered almost nothing, or to none.
 */
export function accountFailures(leaves: readonly Leaf[], apex: Counts | null, alike = true): readonly BackendCounts[] {
  if (apex === null) return leaves.map(({ leaf }) => ({ leaf, unaccounted: 0, promised: null }));
  let accounted = 0;
  for (const { leaf } of leaves) accounted += leaf?.failures ?? 0;
  const unaccounted = Math.max(0, apex.failures - accounted);
  const parts = unaccounted === 0 ? null : attribution(leaves, apex.total, unaccounted, alike);
  return leaves.map(({ leaf, share }, i) => ({
    leaf,
    unaccounted: parts === null ? 0 : unaccounted * (parts[i] ?? 0),
    promised: alike ? share * apex.total : null,
  }));
}

/** The part of the unaccounted failures that is attributed to each leaf. The parts add up to 1, or to 0 if that is unknown. */
function attribution(leaves: readonly Leaf[], routeTotal: number, unaccounted: number, alike: boolean): readonly number[] {
  const carrier = leaves.findIndex(({ share }) => share > WHOLE_WEIGHT);
  if (carrier >= 0 && leaves.every(({ share }, i) => i === carrier || share <= 1 - WHOLE_WEIGHT))
    return leaves.map((_, i) => (i === carrier ? 1 : 0));
  if (!alike) return normalized(leaves.map(({ leaf, share }) => ((leaf?.total ?? 0) <= TRICKLE * unaccounted ? share : 0)));
  const shortfalls = leaves.map(({ leaf, share }) => Math.max(0, share * routeTotal - (leaf?.total ?? 0)));
  // Without a shortfall (retries, time limits of the route) only the weights are known.
  return shortfalls.some((shortfall) => shortfall > 0) ? normalized(shortfalls) : leaves.map(({ share }) => share);
}

function normalized(amounts: readonly number[]): readonly number[] {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  return sum > 0 ? amounts.map((amount) => amount / sum) : amounts;
}
