import type { Decision } from "../model/decision.ts";
import type { RouteState } from "../model/state.ts";
import type { DecisionInput } from "./decisionRecord.ts";

/** A decision and what it was made from. */
export interface MadeDecision {
  readonly decision: Decision;
  readonly input: DecisionInput;
}

/** Puts a decision together with the state of its route before, and with its tick. */
export function madeFrom(
  decision: Decision,
  { previous, tick }: { readonly previous: RouteState | undefined; readonly tick: Omit<DecisionInput, "previous"> },
): MadeDecision {
  return { decision, input: { ...(previous !== undefined && { previous }), ...tick } };
}
