import type { Rule } from "../rules/ruleSet.ts";
import type { BackendReport, RouteSituation } from "./backendReport.ts";
import type { BackendState } from "./backendState.ts";
import type { Judgement } from "./judgement.ts";
import type { Standing } from "./judgeRoute.ts";
import { nextState } from "./phase.ts";
import { sharedFate } from "./sharedFate.ts";

/** Takes every backend of a route one look further. All look at the same moment: no order of backends matters. */
export function movePhases(
  standings: readonly Standing[],
  judgements: readonly Judgement[],
  situation: RouteSituation,
  rule: Rule,
): ReadonlyMap<string, BackendReport> {
  const nobodyServes = standings.every(({ state }) => state.phase === "out" || state.phase === "returning");
  const { nowMs, sinceLastMs, toleranceMs, wishLive } = situation;
  const moved = new Map<string, BackendReport>();
  const move = (backend: string, before: BackendState, judgement: Judgement, targetsWorse: boolean): void => {
    const loneCarrier = nobodyServes && (situation.shares.get(backend) ?? 0) > 0;
    const look = { nowMs, sinceLastMs, toleranceMs, judgement, wishLive, targetsWorse, loneCarrier };
    const { state, reasons } = nextState(before, look, rule);
    moved.set(backend, { backend, before, state, judgement, waits: reasons });
  };
  for (let i = 0; i < standings.length; i++) {
    const standing = standings[i];
    const judgement = judgements[i];
    if (standing !== undefined && judgement !== undefined) move(standing.backend, standing.state, judgement, false);
  }
  for (const backend of sharedFate(moved, situation, rule)) {
    const held = moved.get(backend);
    if (held !== undefined) move(backend, held.before, held.judgement, true);
  }
  return moved;
}
