import type { Counts } from "../model/observation.ts";

/** A backend that held more than this share of the weight held all of it. */
const WHOLE_WEIGHT = 0.999;

/** Who is dead behind ready endpoints receives next to nothing: at most this part of the failures that nobody's series counted. */
const TRICKLE = 0.1;

/** What a backend's own series say, and what the route's say about it. */
export interface BackendCounts {
  /** Null where the backend has no series. */
  readonly leaf: Counts | null;
  /** Failures of the route that no backend's series counted and that are laid at this one's door. */
  readonly unaccounted: number;
  /** Requests that the route's traffic and the backend's weight promised it; null where the route has no series. */
  readonly promised: number | null;
}

/** What a backend's own series say, and the share of the route's traffic that its weight promised it. */
export interface Leaf {
  readonly leaf: Counts | null;
  /** Averaged over the splits. The shares need not add up to 1: failures of those who have left may arrive late, so theirs reaches further back. */
  readonly share: number;
}

/**
 * Completes the leaf counts by the route's unaccounted failures, in the order of the leaves.
 *
 * When pods die behind ready endpoints the client's balancer fails fast: no endpoint is reached, so no leaf series
 * counts it, and the dead backend reads 100 % success. The failures stand only in the route's own series. They go
 * to the backend that alone held the whole weight, else to those that received less than their weight promised, in
 * proportion to the shortfall. Where the splits of a route are not `alike`, nobody can tell how much of its traffic
 * each of them gets, and so nothing is promised: failures go, by weight, to those that received next to nothing beside
 * them. Where everybody received more, they are nobody's.
 */
export function accountFailures(leaves: readonly Leaf[], apex: Counts | null, alike = true): readonly BackendCounts[] {
  if (apex === null) return leaves.map(({ leaf }) => ({ leaf, unaccounted: 0, promised: null }));
  let accounted = 0;
  for (const { leaf } of leaves) accounted += leaf?.failures ?? 0;
  const unaccounted = Math.max(0, apex.failures - accounted);
  const blames = unaccounted === 0 ? null : blame(leaves, apex.total, unaccounted, alike);
  return leaves.map(({ leaf, share }, i) => ({
    leaf,
    unaccounted: blames === null ? 0 : unaccounted * (blames[i] ?? 0),
    promised: alike ? share * apex.total : null,
  }));
}

/** Whose the unaccounted failures are: a share for each leaf, adding up to 1; or to 0, where nobody can tell. */
function blame(leaves: readonly Leaf[], routeTotal: number, unaccounted: number, alike: boolean): readonly number[] {
  const carrier = leaves.findIndex(({ share }) => share > WHOLE_WEIGHT);
  if (carrier >= 0 && leaves.every(({ share }, i) => i === carrier || share <= 1 - WHOLE_WEIGHT))
    return leaves.map((_, i) => (i === carrier ? 1 : 0));
  if (!alike) return inParts(leaves.map(({ leaf, share }) => ((leaf?.total ?? 0) <= TRICKLE * unaccounted ? share : 0)));
  const shortfalls = leaves.map(({ leaf, share }) => Math.max(0, share * routeTotal - (leaf?.total ?? 0)));
  // Nobody fell short (retries, time limits of the route): then the weights are all that is known.
  return shortfalls.some((shortfall) => shortfall > 0) ? inParts(shortfalls) : leaves.map(({ share }) => share);
}

function inParts(amounts: readonly number[]): readonly number[] {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  return sum > 0 ? amounts.map((amount) => amount / sum) : amounts;
}
