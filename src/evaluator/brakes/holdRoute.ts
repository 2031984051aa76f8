/**
 * evaluator/brakes/ — decides what is not written yet.
 *
 * Holds departures because of metrics, and writes. It must never change desired weights, and never hold anything without a
 * reason that is reported.
 */
import { FIELD_MANAGER } from "../../routes/lastManager.ts";
import type { Route } from "../../routes/route.ts";
import type { Planned } from "../model/planned.ts";
import { detectReapply, NO_REAPPLIES, type Reapplies } from "../model/reapply.ts";
import type { Holds } from "../model/routeSituation.ts";
import type { RouteState } from "../model/state.ts";
import { unprovenReturn } from "./unprovenReturn.ts";

/** Whether the desired weights are written at this tick, and what holds the write. */
export interface Held {
  /** The live weights differ from the desired ones. */
  readonly differs: boolean;
  /** They differ, and nothing holds the write. */
  readonly acts: boolean;
  /** Milliseconds for which a baseline that another writer put back holds the write; 0: it does not. */
  readonly reappliedMs: number;
  /** Milliseconds for which `minTimeBetweenWrites` holds the write; 0: it does not. */
  readonly tooSoonMs: number;
  /** The backend whose return needs new evidence; null: there is none. */
  readonly unproven: string | null;
  /** The field manager that put the baseline back since the last tick; null: there is none. */
  readonly reappliedBy: string | null;
  /** The next state of the re-applies. */
  readonly reapplies: Reapplies;
}

/** Whether to write now. A write is held by a freeze, a recent write, a re-applied baseline or a return without new evidence. */
export function holdRoute(
  previous: RouteState | undefined,
  { surveyed, moved, plans, pin, frozen }: Planned,
  { minTimeBetweenWritesMs, writtenMs }: Pick<Holds, "minTimeBetweenWritesMs" | "writtenMs">,
  nowMs: number,
): Held {
  const { route, reconciled, splits } = surveyed;
  const differs = plans.some((plan) => plan.differs);
  const { reapplies: before = NO_REAPPLIES, source: sourceBefore = null } = previous?.trace ?? {};
  const reapply = detectReapply(before, sourceBefore, reconciled.source, route.resourceVersion, nowMs);
  const reappliedMs = reapply?.heldMs ?? 0;
  const mayWrite = differs && !frozen && reappliedMs === 0;
  const tooSoonMs = mayWrite && writtenMs !== null ? Math.max(0, writtenMs + minTimeBetweenWritesMs - nowMs) : 0;
  const unproven = differs && pin === null ? unprovenReturn(previous, splits, plans, moved) : null;
  const acts = mayWrite && tooSoonMs === 0 && unproven === null;
  return {
    differs,
    acts,
    reappliedMs,
    tooSoonMs,
    unproven,
    reappliedBy: reapply?.isNew === true && (differs || previous === undefined) ? otherWriterOf(route) : null,
    reapplies: reapply === null ? before : acts ? reapply.putBack : reapply.left,
  };
}

/** Our own `restore` does not count as another writer. */
export function otherWriterOf({ lastManager }: Route): string | null {
  return lastManager === FIELD_MANAGER ? null : lastManager;
}
