import type { Report } from "../controller/report.ts";

/** After this many intervals without a tick the loop is taken for stuck. */
const TICKS_MISSED = 6;

/** Why the process should be restarted; null while it is well, also as long as it has not begun to beat. */
export function notAlive({ lastTickMs, intervalMs, nowMs }: Report): string | null {
  if (lastTickMs === null) return null;
  const ageMs = nowMs - lastTickMs;
  return ageMs < TICKS_MISSED * intervalMs ? null : `the last tick was ${(ageMs / 1_000).toFixed(0)} s ago`;
}

/** Why this replica could not take over; null when it could. */
export function notReady({ cachesFilled }: Report): string | null {
  return cachesFilled ? null : "the caches are not filled";
}
