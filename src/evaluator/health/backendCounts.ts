import type { Counts } from "../model/observation.ts";

/** A backend that answered this part of what its weight promised has answered it all, but for chance. */
const ANSWERED = 0.9;

/** A backend that is dead behind ready endpoints answers at most this many requests for each failure that reached no backend. */
const TRICKLE = 0.1;

/** The counts of one backend of a route in one window. */
export interface BackendCounts {
  /** Null: there are no series. */
  readonly leaf: Counts | null;
  /** Failures of the route that no backend's series counted and that are attributed to this backend. */
  readonly unaccounted: number;
  /** Requests that it should have received by the route's traffic and its weight; null: unknown. */
  readonly promised: number | null;
  /** Its series lack requests that the route counted as good: what they say is no evidence. */
  readonly isIncomplete: boolean;
}

/** All requests of a backend: those that its series counted, and the failures that are attributed to it. Null: neither. */
export function allCounts({ leaf, unaccounted }: BackendCounts): Counts | null {
  return unaccounted === 0 ? leaf : { total: (leaf?.total ?? 0) + unaccounted, failures: (leaf?.failures ?? 0) + unaccounted };
}

/**
 * Whether a backend answered what its weight promised, so that no failure of `lost` others can be its own. A backend that may have
 * been promised nothing yet has answered as soon as one of its answers was good.
 */
export function hasAnswered(counts: Counts | null, promised: number | null, lost: number): boolean {
  const answered = counts?.total ?? 0;
  if (promised === null) return answered > TRICKLE * lost;
  if (promised === 0) return answered > (counts?.failures ?? 0);
  return answered >= ANSWERED * promised;
}
