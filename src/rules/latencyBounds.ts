/**
 * The upper ends, in milliseconds, of the buckets into which Linkerd's proxies sort latencies (`response_latency_ms`).
 * How many responses were faster than a time is known at these times only; between two of them Prometheus would guess.
 * Linkerd's names are not for this room, but these are what an operator may write, so the rules must know them.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000,
];

/** The bounds next to a time that is none: below and above, where there are such. */
export function boundsAround(ms: number): readonly number[] {
  const below = LATENCY_BOUNDS_MS.findLast((bound) => bound < ms);
  const above = LATENCY_BOUNDS_MS.find((bound) => bound > ms);
  return [below, above].filter((bound) => bound !== undefined);
}
