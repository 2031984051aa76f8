import type { Counts } from "./observation.ts";

/** A backend that held more than this share of the weight held all of it. */
const WHOLE_WEIGHT = 0.999;

/** What a backend's own series say, and what the route's say about it. */
export interface BackendCounts {
  /** Null where the backend has no series. */
  readonly leaf: Counts | null;
  /** Failures of the route that no backend's series counted and that are laid at this one's door. */
  readonly unaccounted: number;
  /** Requests that the route's traffic and the backend's weight promised it; null where the route has no series. */
  readonly promised: number | null;
}

/**
 * Completes the leaf counts by the route's unaccounted failures.
 *
 * When pods die behind ready endpoints the client's balancer fails fast: no endpoint is reached, so no leaf series
 * counts it, and the dead backend reads 100 % success. The failures stand only in the route's own series. They go
 * to the backend that held the whole weight, else to those that received less than their weight promised, in
 * proportion to the shortfall.
 */
export function accountFailures(
  leaves: ReadonlyMap<string, Counts>,
  apex: Counts | null,
  shares: ReadonlyMap<string, number>,
): ReadonlyMap<string, BackendCounts> {
  const result = new Map<string, BackendCounts>();
  if (apex === null) {
    for (const backend of shares.keys()) result.set(backend, { leaf: leaves.get(backend) ?? null, unaccounted: 0, promised: null });
    return result;
  }
  let accounted = 0;
  for (const backend of shares.keys()) accounted += leaves.get(backend)?.failures ?? 0;
  const unaccounted = Math.max(0, apex.failures - accounted);
  const blame = blameShares(leaves, apex.total, shares);
  for (const [backend, share] of shares) {
    result.set(backend, {
      leaf: leaves.get(backend) ?? null,
      unaccounted: unaccounted * (blame.get(backend) ?? 0),
      promised: share * apex.total,
    });
  }
  return result;
}

function blameShares(leaves: ReadonlyMap<string, Counts>, routeTotal: number, shares: ReadonlyMap<string, number>): Map<string, number> {
  const shortfalls = new Map<string, number>();
  let sum = 0;
  for (const [backend, share] of shares) {
    if (share > WHOLE_WEIGHT) return new Map([[backend, 1]]);
    const shortfall = Math.max(0, share * routeTotal - (leaves.get(backend)?.total ?? 0));
    shortfalls.set(backend, shortfall);
    sum += shortfall;
  }
  // Nobody fell short (retries, time limits of the route): then the weights are all that is known.
  if (sum <= 0) return new Map(shares);
  for (const [backend, shortfall] of shortfalls) shortfalls.set(backend, shortfall / sum);
  return shortfalls;
}
