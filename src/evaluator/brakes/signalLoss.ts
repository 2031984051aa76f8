import type { SignalLoss } from "../model/brakeState.ts";

/** Fewer routes that lose their metrics are no outage of the monitoring. */
const LEAST_ROUTES_WITH_METRICS = 5;

/** After this long an outage is taken for how things are. */
const LONGEST_SIGNAL_LOSS_MS = 600_000;

const ROUNDING = 1e-9;

/** What metrics tell of a route now, and told one tick ago. */
export interface Measurement {
  readonly key: string;
  /** They told a value. */
  readonly hadValue: boolean;
  /** They tell nothing; null: nobody knows, since something else was asked. */
  readonly isLost: boolean | null;
}

/**
 * Whether the monitoring is out: from the tick in which many routes lose their metrics until most of these have some again.
 * Where it was not, no more measurements are taken than it needs to see that it is not: of so many `routes`, those that
 * have kept theirs are too many.
 */
export function detectSignalLoss(
  before: SignalLoss | null,
  measurements: Iterable<Measurement>,
  routes: number,
  share: number,
  nowMs: number,
): SignalLoss | null {
  if (before !== null) return lasts(before, measurements, share, nowMs) ? before : null;
  const had: string[] = [];
  let lost = 0;
  for (const { key, hadValue, isLost } of measurements) {
    if (!hadValue || isLost === null) continue;
    had.push(key);
    if (isLost) lost += 1;
    else if ((had.length - lost) / routes > 1 - share + ROUNDING) return null;
  }
  if (had.length < LEAST_ROUTES_WITH_METRICS || lost / had.length < share) return null;
  return { sinceMs: nowMs, had: new Set(had) };
}

function lasts({ sinceMs, had }: SignalLoss, measurements: Iterable<Measurement>, share: number, nowMs: number): boolean {
  if (nowMs - sinceMs >= LONGEST_SIGNAL_LOSS_MS) return false;
  const those = [...measurements].filter(({ key }) => had.has(key));
  // What was lost is lost until it is seen.
  const lost = those.filter(({ isLost }) => isLost !== false).length;
  return those.length > 0 && lost / those.length >= share;
}
