import type { Brakes } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";

/** Fewer routes that lose their metrics are no outage of the monitoring. */
const LEAST_ROUTES_WITH_METRICS = 5;

/** After this long an outage is taken for how things are. */
const LONGEST_SIGNAL_LOSS_MS = 600_000;

const ROUNDING = 1e-9;

/** What is remembered for the brakes that concern all routes together. */
export interface BrakeState {
  /** By `routeKey`: when each route last left its baseline by metrics. */
  readonly departures: ReadonlyMap<string, number>;
  readonly signalLoss: SignalLoss | null;
}

/** Many routes lost their metrics in one look. */
export interface SignalLoss {
  readonly sinceMs: number;
  /** By `routeKey`: those that had metrics before. */
  readonly had: ReadonlySet<string>;
}

export const NO_BRAKES_YET: BrakeState = { departures: new Map(), signalLoss: null };

/** What metrics tell of a route now, and told one look ago. */
export interface Measurement {
  readonly key: string;
  /** They told a value. */
  readonly hadValue: boolean;
  /** They tell nothing; null: nobody knows, since something else was asked. */
  readonly isLost: boolean | null;
}

/**
 * Whether the monitoring is out: from the look in which many routes lose their metrics until most of these have some again.
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

/** Who left its baseline by metrics lately, and how many more may. */
export class Departures {
  readonly #atMs: Map<string, number>;
  readonly #most: number;

  /** Of those that are remembered the recent ones count; a time to come is another clock's. */
  constructor(before: ReadonlyMap<string, number>, routes: number, { maxShifted }: Brakes, nowMs: number) {
    this.#most = Math.max(maxShifted.atLeast, Math.floor(maxShifted.share * routes));
    this.#atMs = new Map();
    for (const [key, atMs] of before) if (nowMs - atMs < maxShifted.withinMs) this.#atMs.set(key, Math.min(atMs, nowMs));
  }

  /** Whether this route may leave now: it has left already, or others have left the room. */
  allows(key: string): boolean {
    return this.#atMs.has(key) || this.#atMs.size < this.#most;
  }

  /** The newest departure of a route counts: one that left, returned and left again is away since the last one. */
  note(key: string, atMs: number): void {
    this.#atMs.set(key, Math.max(this.#atMs.get(key) ?? atMs, atMs));
  }

  all(): ReadonlyMap<string, number> {
    return this.#atMs;
  }
}

/** Whether a backend that carried some of the load has left on metrics at this look, other than by a relapse. */
export function leftByMetrics({ before, state }: BackendReport): boolean {
  if (state.phase !== "out" || state.cause === "readiness" || state.cause === "gateway") return false;
  return before.phase === "serving" || before.phase === "suspect";
}
