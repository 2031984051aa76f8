import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import type { Reason } from "./decision.ts";
import type { Judgement } from "./health.ts";
import { nextState } from "./phase.ts";
import { sharedFate } from "./sharedFate.ts";
import type { SurveyedSplit } from "./survey.ts";

/** What the machine needs to know of the whole route. */
export interface RouteSituation {
  readonly nowMs: number;
  readonly sinceLastMs: number;
  readonly toleranceMs: number;
  readonly wishLive: boolean;
  /** Each backend's share of the traffic by the live weights. */
  readonly shares: ReadonlyMap<string, number>;
  readonly splits: readonly SurveyedSplit[];
  readonly tiers: readonly (readonly string[])[] | null;
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
  const move = (backend: string, state: BackendState, judgement: Judgement, targetsWorse: boolean): void => {
    const loneCarrier = nobodyServes && (situation.shares.get(backend) ?? 0) > 0;
    const { nowMs, sinceLastMs, toleranceMs, wishLive } = situation;
    const look = { nowMs, sinceLastMs, toleranceMs, judgement, wishLive, targetsWorse, loneCarrier };
    const { state: next, reasons } = nextState(state, look, rule);
    moved.set(backend, { state: next, judgement, reasons: [...judgement.reasons, ...reasons] });
  };
  for (const [backend, state] of states) {
    const judgement = judgements.get(backend);
    if (judgement !== undefined) move(backend, state, judgement, false);
  }
  for (const backend of sharedFate(states, moved, situation, rule)) {
    const state = states.get(backend);
    const judgement = judgements.get(backend);
    if (state !== undefined && judgement !== undefined) move(backend, state, judgement, true);
  }
  return moved;
}
