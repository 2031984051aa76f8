import { FIELD_MANAGER } from "../../routes/lastManager.ts";
import type { Route } from "../../routes/route.ts";
import type { BackendReport } from "../model/backendReport.ts";
import type { Planned } from "../model/planned.ts";
import { detectReapply, NO_REAPPLIES, type Reapplies } from "../model/reapply.ts";
import type { RouteState } from "../model/state.ts";
import type { SplitPlan, Survey } from "../model/survey.ts";
import { unprovenReturn } from "./unprovenReturn.ts";

/** Whether the desired weights are written at this tick, and what holds them. */
export interface Held {
  /** The live weights differ from the desired ones. */
  readonly differs: boolean;
  /** They differ, and nothing holds the write. */
  readonly acts: boolean;
  /** How long a baseline that another writer put back stays; 0: it does not hold the write. */
  readonly reappliedMs: number;
  /** How long the last decision on this route is too recent; 0: it is not. */
  readonly tooSoonMs: number;
  /** The backend whose return needs new evidence; null: there is none. */
  readonly unproven: string | null;
  /** The field manager that put the baseline back since the last tick; null: there is none. */
  readonly reappliedBy: string | null;
  /** What to remember of re-applies. */
  readonly reapplies: Reapplies;
}

/** Holds what must not be written now: frozen, too soon after the last decision, a re-applied baseline, a return without new evidence. */
export function holdRoute(
  previous: RouteState | undefined,
  { surveyed, moved, plans, pin }: Planned,
  minTimeBetweenWritesMs: number,
  nowMs: number,
): Held {
  const { route, reconciled, splits } = surveyed;
  const differs = plans.some((plan) => plan.differs);
  const { reapplies: before = NO_REAPPLIES, source: sourceBefore = null, decidedMs = null } = previous?.trace ?? {};
  const reapply = detectReapply(before, sourceBefore, reconciled.source, route.resourceVersion, nowMs);
  const reappliedMs = reapply?.heldMs ?? 0;
  const mayWrite = differs && !route.frozen && reappliedMs === 0;
  const tooSoonMs = mayWrite && decidedMs !== null ? Math.max(0, decidedMs + minTimeBetweenWritesMs - nowMs) : 0;
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

/** Our own `restore` is no other writer. */
function otherWriterOf({ lastManager }: Route): string | null {
  return lastManager === FIELD_MANAGER ? null : lastManager;
}
