import type { SignalLoss } from "../model/brakeState.ts";

/** With fewer routes that had metrics there is no `signalLoss`. */
const LEAST_ROUTES_WITH_METRICS = 5;

/** After this long `signalLoss` ends, even without metrics. */
export const LONGEST_SIGNAL_LOSS_MS = 600_000;

const ROUNDING = 1e-9;

/** Whether a route has metrics now, and had them one tick ago. */
export interface Measurement {
  readonly key: string;
  /** Metrics had a value one tick ago. */
  readonly hadValue: boolean;
  /** Metrics have no value now; null: unknown, because another query was sent. */
  readonly isLost: boolean | null;
}

/**
 * Whether metrics are lost for many routes; null: they are not. It begins at the tick at which `share` of the routes lose them, and
 * ends when most of these have metrics again. To save time, it stops reading measurements once enough of the `routes` have kept
 * theirs.
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
  // Unknown counts as lost until a value is read.
  const lost = those.filter(({ isLost }) => isLost !== false).length;
  return those.length > 0 && lost / those.length >= share;
}
