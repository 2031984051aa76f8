import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import type { Reason } from "./decision.ts";
import type { Judgement } from "./health.ts";
import { nextState } from "./phase.ts";

/** What the machine needs to know of the whole route. */
export interface RouteSituation {
  readonly nowMs: number;
  readonly sinceLastMs: number;
  readonly toleranceMs: number;
  readonly wishLive: boolean;
  /** Each backend's share of the traffic by the live weights. */
  readonly shares: ReadonlyMap<string, number>;
}

export interface MovedBackend {
  readonly state: BackendState;
  readonly judgement: Judgement;
  readonly reasons: readonly Reason[];
}

/** Takes every backend of a route one look further. All look at the same moment: no order of backends matters. */
export function movePhases(
  states: ReadonlyMap<string, BackendState>,
  judgements: ReadonlyMap<string, Judgement>,
  situation: RouteSituation,
  rule: Rule,
): ReadonlyMap<string, MovedBackend> {
  const nobodyServes = [...states.values()].every((state) => state.phase === "out" || state.phase === "returning");
  const moved = new Map<string, MovedBackend>();
  for (const [backend, state] of states) {
    const judgement = judgements.get(backend);
    if (judgement === undefined) continue;
    const { state: next, reasons } = nextState(
      state,
      {
        nowMs: situation.nowMs,
        sinceLastMs: situation.sinceLastMs,
        toleranceMs: situation.toleranceMs,
        judgement,
        wishLive: situation.wishLive,
        targetsWorse: targetsWorse(backend, states, judgements),
        loneCarrier: nobodyServes && (situation.shares.get(backend) ?? 0) > 0,
      },
      rule,
    );
    moved.set(backend, { state: next, judgement, reasons: [...judgement.reasons, ...reasons] });
  }
  return moved;
}

/** Whether there is somebody to take over, and each of them is significantly worse: its upper bound is below our lower one. */
function targetsWorse(backend: string, states: ReadonlyMap<string, BackendState>, judgements: ReadonlyMap<string, Judgement>): boolean {
  const own = judgements.get(backend)?.interval ?? null;
  if (own === null) return false;
  let targets = 0;
  for (const [other, state] of states) {
    const judgement = judgements.get(other);
    if (other === backend || state.phase === "out" || judgement === undefined || judgement.readiness === "unfit") continue;
    if (judgement.interval === null || judgement.interval.upper >= own.lower) return false;
    targets += 1;
  }
  return targets > 0;
}
