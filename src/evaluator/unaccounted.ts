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
  backends: readonly string[],
  leafOf: (backend: string) => Counts | null,
  apex: Counts | null,
  shareOf: (backend: string) => number,
): ReadonlyMap<string, BackendCounts> {
  const result = new Map<string, BackendCounts>();
  let accounted = 0;
  for (const backend of backends) accounted += leafOf(backend)?.failures ?? 0;
  const unaccounted = apex === null ? 0 : Math.max(0, apex.failures - accounted);
  const blameOf = unaccounted === 0 || apex === null ? () => 0 : blame(backends, leafOf, apex.total, shareOf);
  for (const backend of backends) {
    result.set(backend, {
      leaf: leafOf(backend),
      unaccounted: unaccounted * blameOf(backend),
      promised: apex === null ? null : shareOf(backend) * apex.total,
    });
  }
  return result;
}

/** Whose the unaccounted failures are: a share for each backend, adding up to 1. */
function blame(
  backends: readonly string[],
  leafOf: (backend: string) => Counts | null,
  routeTotal: number,
  shareOf: (backend: string) => number,
): (backend: string) => number {
  const carrier = backends.find((backend) => shareOf(backend) > WHOLE_WEIGHT);
  if (carrier !== undefined) return (backend) => (backend === carrier ? 1 : 0);
  const shortfallOf = (backend: string) => Math.max(0, shareOf(backend) * routeTotal - (leafOf(backend)?.total ?? 0));
  const sum = backends.reduce((total, backend) => total + shortfallOf(backend), 0);
  // Nobody fell short (retries, time limits of the route): then the weights are all that is known.
  return sum > 0 ? (backend) => shortfallOf(backend) / sum : shareOf;
}
