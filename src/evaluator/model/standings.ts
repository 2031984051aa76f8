import type { Memory } from "../../routes/route.ts";
import type { BackendReport } from "./backendReport.ts";
import { type BackendState, clean } from "./backendState.ts";
import { holdsBaseline } from "./holdsBaseline.ts";
import { recallState } from "./memoryOf.ts";
import { sameSharesOf } from "./sameShares.ts";
import type { RouteState } from "./state.ts";
import type { Survey } from "./survey.ts";

/** A backend of the route, as it stood before this tick. */
export interface Standing {
  readonly backend: string;
  /** `NAMESPACE/SERVICE` */
  readonly service: string;
  readonly state: BackendState;
  /** What the last tick reported of it; null: this is its first tick. */
  readonly last: BackendReport | null;
}

/** Where each backend stood before this tick: as remembered here, else as the annotation remembers it. `news`: the memory of another controller. */
export function standingsOf(
  previous: RouteState | undefined,
  { route, reconciled, services, splits }: Survey,
  news: Memory | null,
  nowMs: number,
): readonly Standing[] {
  const standings: Standing[] = [];
  const startsOut = reconciled.source === "primaryZero" && previous?.trace.source !== "primaryZero";
  const recalled = previous === undefined ? route.memory : news;
  const isAtBaseline = previous === undefined && splits.every(({ live, baseline }) => sameSharesOf(live, baseline));
  for (const [backend, service] of services) {
    const known = previous?.backends.get(backend);
    const own = known?.state;
    const last = known ?? null;
    if (startsOut && reconciled.failedOver.includes(backend)) {
      const state: BackendState = { phase: "out", sinceMs: nowMs, relapses: 0, cause: "readiness", fromStep: false, good: null };
      standings.push({ backend, service, state, last });
    } else if (recalled === null) {
      standings.push({ backend, service, state: own ?? clean(nowMs), last });
    } else {
      const recollected = recallState(recalled.backends[backend], nowMs);
      // Where the live weights are ours, it may have served since then only if all of them equal the baseline: then they are no step.
      const mayServe = reconciled.source !== "ours" || isAtBaseline;
      const remembered = previous === undefined && mayServe && holdsBaseline(backend, splits) ? underLoad(recollected, nowMs) : recollected;
      // The annotation holds no suspicion. Ours stays where the annotation says `serving`.
      const stays = own?.phase === "suspect" && remembered.phase === "serving";
      standings.push({ backend, service, state: stays ? own : remembered, last });
    }
  }
  return standings;
}

/**
 * A backend that had all of its load when this controller started, though the annotation says that it is away: its weight was
 * given back, or no backend served. A return that finds its weights in place writes nothing, so it may have served for long.
 * It is judged under its load.
 */
function underLoad(state: BackendState, nowMs: number): BackendState {
  if (state.phase !== "out" && state.phase !== "returning") return state;
  return { phase: "serving", sinceMs: nowMs, relapses: state.relapses, cause: state.cause };
}
