import type { Report } from "../controller/report.ts";

/** After this many intervals without a tick, the loop counts as stuck. */
const TICKS_MISSED = 6;

/** Why the process should be restarted; null if it is healthy, or has not started to tick. */
export function notAlive({ lastTickMs, intervalMs, nowMs }: Report): string | null {
  if (lastTickMs === null) return null;
  const ageMs = nowMs - lastTickMs;
  return ageMs < TICKS_MISSED * intervalMs ? null : `the last tick was ${(ageMs / 1_000).toFixed(0)} s ago`;
}

/** Why this replica could not take over; null if it could. */
export function notReady({ cachesFilled }: Report): string | null {
  return cachesFilled ? null : "the caches are not filled";
}
