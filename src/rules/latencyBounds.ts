/**
 * The bucket boundaries of Linkerd's latency histogram (`response_latency_ms`), in milliseconds. Only for these times is
 * the number of faster responses known exactly; between two of them Prometheus interpolates. They are here and not in
 * linkerd/, because the schema checks what an operator writes.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000,
];

/** The nearest bounds below and above a time that is no bound, as far as they exist. */
export function boundsAround(ms: number): readonly number[] {
  const below = LATENCY_BOUNDS_MS.findLast((bound) => bound < ms);
  const above = LATENCY_BOUNDS_MS.find((bound) => bound > ms);
  return [below, above].filter((bound) => bound !== undefined);
}
