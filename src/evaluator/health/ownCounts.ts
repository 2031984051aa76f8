import type { Counts } from "../model/observation.ts";
import { type BackendCounts, hasAnswered } from "./backendCounts.ts";

/** A backend of an HTTPRoute or GRPCRoute in one window. */
export interface OwnBackend {
  /** The route's own requests to it; null: no series. */
  readonly own: Counts | null;
  /** Its share of the route's traffic by its weight in the window. */
  readonly share: number;
  /** The same at the least, as the counts may be late. */
  readonly leastShare: number;
  /** The same over a longer time, in which late failures may have begun. */
  readonly shareBefore: number;
}

/** gRPC requests to a leaf, from all its callers. */
export type GrpcLeaf = Counts | null;

/**
 * The counts of a route's backends from its own series, which hold no other caller's requests. `ofRoute` has what the route
 * counted altogether: its requests that reached no backend (the proxies shed load because no backend with weight was
 * available) are attributed to the backends that had weight and did not answer what it promised, by weight. A backend that has just
 * got its weight may have none of it in the counts yet, so its failures begin only where others cannot explain them.
 */
export function ownCounts(backends: readonly OwnBackend[], ofRoute: Counts | null, alike: boolean): readonly BackendCounts[] {
  let total = 0;
  let failures = 0;
  for (const { own } of backends) {
    total += own?.total ?? 0;
    failures += own?.failures ?? 0;
  }
  const shed = ofRoute === null ? 0 : Math.max(0, Math.min(ofRoute.total - total, ofRoute.failures - failures));
  const promises = backends.map(({ share }) => (alike ? share * (total + shed) : null));
  const parts = partsOf(backends, alike ? total + shed : null, shed);
  const sum = parts.reduce((all, part) => all + part, 0);
  return backends.map(({ own }, i) => ({
    leaf: own,
    unaccounted: sum === 0 ? 0 : (shed * (parts[i] ?? 0)) / sum,
    promised: promises[i] ?? null,
    isIncomplete: false,
  }));
}

/** The part of the shed requests that is attributed to each backend, not yet divided by their sum. */
function partsOf(backends: readonly OwnBackend[], requests: number | null, shed: number): readonly number[] {
  const open = backends.map(({ own, leastShare }) => !hasAnswered(own, requests === null ? null : leastShare * requests, shed));
  const surely = backends.map(({ share, leastShare, shareBefore }, i) => {
    return open[i] === true ? (share > 0 ? leastShare : shareBefore) : 0;
  });
  if (surely.some((part) => part > 0)) return surely;
  const perhaps = backends.map(({ share, shareBefore }, i) => (open[i] === true ? share || shareBefore : 0));
  if (perhaps.some((part) => part > 0)) return perhaps;
  // All answered what they must have been promised. One that has lost weight may have been promised more, when failures began.
  return backends.map(({ own, share, shareBefore }) => {
    const hasLeft = requests !== null && shareBefore > share && !hasAnswered(own, shareBefore * requests, shed);
    return hasLeft ? shareBefore : 0;
  });
}

/**
 * Adds the failures that only the leaf knows: through an HTTPRoute every gRPC answer reads as HTTP 200. The leaf counts other
 * callers, too, so its share of failures is applied to the route's own requests.
 */
export function withGrpcFailures(own: Counts | null, leaf: GrpcLeaf): Counts | null {
  if (own === null || leaf === null || leaf.total <= 0) return own;
  const failures = (leaf.failures / Math.max(leaf.total, own.total)) * own.total;
  return failures > own.failures ? { total: own.total, failures } : own;
}
