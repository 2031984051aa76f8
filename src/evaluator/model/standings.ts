import type { BackendMemory, Memory } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendReport } from "./backendReport.ts";
import { type BackendState, clean } from "./backendState.ts";
import { holdsBaseline } from "./holdsBaseline.ts";
import { type Clocks, recallState } from "./memoryOf.ts";
import type { RouteState } from "./state.ts";
import type { Survey } from "./survey.ts";

/** A backend of the route and its state before this tick. */
export interface Standing {
  readonly backend: string;
  /** `NAMESPACE/SERVICE` */
  readonly service: string;
  readonly state: BackendState;
  /** Its report of the last tick; null: this is its first tick. */
  readonly last: BackendReport | null;
}

/**
 * The state of each backend before this tick: our own, else the annotation's. `handedOver`: the memory that another replica has
 * written since the last tick; null: none has.
 */
export function standingsOf(
  previous: RouteState | undefined,
  { memory, reconciled, services, splits }: Survey,
  handedOver: Memory | null,
  { rule, ...clocks }: Clocks & { readonly rule: Rule },
): readonly Standing[] {
  const { nowMs } = clocks;
  const standings: Standing[] = [];
  const recalled = previous === undefined ? memory : handedOver;
  const isTakenBack = previous?.trace.source === "owner" && previous.trace.memory === memory && reconciled.source === "ours";
  const { standbyShare } = rule.fallback;
  const holdsLoad = (backend: string) => holdsBaseline(backend, splits, standbyShare);
  const isAtRest = previous === undefined && splits.every(({ carriers }) => carriers.every(holdsLoad));
  for (const [backend, service] of services) {
    const known = previous?.backends.get(backend);
    const own = known?.state;
    const last = known ?? null;
    if (recalled === null) {
      const before = isTakenBack ? untried(memory?.backends[backend], own, clocks, rule) : own;
      standings.push({ backend, service, state: before ?? clean(nowMs), last });
    } else {
      const recollected = recallState(recalled.backends[backend], own, clocks, rule);
      // Live weights that are ours may be a step of a return, unless all backends of the baseline have their load.
      const mayServe = reconciled.source !== "ours" || isAtRest;
      const remembered = previous === undefined && mayServe && holdsLoad(backend) ? underLoad(recollected, nowMs) : recollected;
      // The annotation does not hold the phase `suspect`, so ours stays if the annotation says `serving`.
      const stays = own?.phase === "suspect" && remembered.phase === "serving";
      standings.push({ backend, service, state: stays ? own : remembered, last });
    }
  }
  return standings;
}

/**
 * The state of a backend after the owner has taken an edit back. The baseline is again the one before the edit, and so is the phase
 * of a backend that was out then and serves now: under the edit it may have become serving without any load.
 */
function untried(memory: BackendMemory | undefined, own: BackendState | undefined, clocks: Clocks, rule: Rule): BackendState | undefined {
  const wasAway = memory !== undefined && memory.phase !== "serving";
  const serves = own?.phase === "serving" || own?.phase === "suspect";
  return wasAway && serves ? recallState(memory, own, clocks, rule) : own;
}

/**
 * The state of a backend that has all of its load when this controller starts, though the annotation says that it is out: it
 * serves, and is judged under its load. A return that finds the desired weights in place writes nothing, so it may have
 * served for long.
 */
function underLoad(state: BackendState, nowMs: number): BackendState {
  if (state.phase !== "out" && state.phase !== "returning") return state;
  return { phase: "serving", sinceMs: nowMs, relapses: state.relapses, cause: state.cause };
}
