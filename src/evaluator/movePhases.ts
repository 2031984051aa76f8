import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import type { Reason } from "./decision.ts";
import type { Judgement } from "./health.ts";
import type { Standing } from "./judgeRoute.ts";
import { nextState } from "./phase.ts";
import { sharedFate } from "./sharedFate.ts";
import type { SurveyedSplit } from "./survey.ts";

/** A share that is smaller by less than this is not smaller. */
const SHARE_TOLERANCE = 1e-9;

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
  /** Since when the live weights are what they are. */
  readonly weightsSinceMs: number;
  /** The baseline was put back over our weights: what is live is not what we left there. */
  readonly reapplied: boolean;
}

export interface MovedBackend {
  /** Where it stood before this look. */
  readonly before: BackendState;
  readonly state: BackendState;
  readonly judgement: Judgement;
  readonly reasons: readonly Reason[];
}

/** Takes every backend of a route one look further. All look at the same moment: no order of backends matters. */
export function movePhases(
  standings: readonly Standing[],
  judgements: readonly Judgement[],
  situation: RouteSituation,
  rule: Rule,
): ReadonlyMap<string, MovedBackend> {
  const nobodyServes = standings.every(({ state }) => state.phase === "out" || state.phase === "returning");
  const { nowMs, sinceLastMs, toleranceMs, wishLive } = situation;
  const moved = new Map<string, MovedBackend>();
  const move = (backend: string, before: BackendState, judgement: Judgement, targetsWorse: boolean): void => {
    const holdsLoad =
      before.phase === "out" && (nobodyServes ? (situation.shares.get(backend) ?? 0) > 0 : neverLeft(backend, situation, rule));
    const look = { nowMs, sinceLastMs, toleranceMs, judgement, wishLive, targetsWorse, holdsLoad };
    const { state, reasons } = nextState(before, look, rule);
    moved.set(backend, {
      before,
      state,
      judgement,
      reasons: reasons.length === 0 ? judgement.reasons : [...judgement.reasons, ...reasons],
    });
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

/**
 * Whether a backend that is out has had all of its baseline's load for `recoverAfter`: frozen, pinned to it, or no
 * write has landed. To give it a step first would take traffic from one that has proven itself under all of it.
 */
function neverLeft(backend: string, situation: RouteSituation, rule: Rule): boolean {
  const { splits, reapplied, nowMs, weightsSinceMs, toleranceMs } = situation;
  if (reapplied || nowMs === weightsSinceMs || nowMs - weightsSinceMs < rule.recoverAfterMs - toleranceMs) return false;
  const own = splits.filter(({ baseline }) => (baseline[backend] ?? 0) > 0);
  return own.length > 0 && own.every(({ live, baseline }) => shareOf(backend, live) >= shareOf(backend, baseline) - SHARE_TOLERANCE);
}

function shareOf(backend: string, weights: Readonly<Record<string, number>>): number {
  return (weights[backend] ?? 0) / Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}
