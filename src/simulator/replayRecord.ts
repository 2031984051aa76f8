import type { Decision } from "../evaluator/model/decision.ts";
import { initialState } from "../evaluator/model/state.ts";
import type { DecisionRecord } from "../evaluator/record/decisionRecord.ts";
import { writeLossless } from "../evaluator/record/losslessJson.ts";
import { stepRoute } from "../evaluator/stepRoute.ts";

/** What this program decides from the input of a record. */
export interface ReplayedDecision {
  /** Null: nothing. */
  readonly decision: Decision | null;
  /** It is the recorded decision, in every number and reason. */
  readonly isSame: boolean;
}

/** Makes the decision of a record again. */
export function replayRecord({ input, decision }: DecisionRecord): ReplayedDecision {
  const { previous, route, rule, observation, holds, state, nowMs } = input;
  const whole = { ...initialState(state.intervalMs, state.identity), ...state };
  const again = stepRoute(previous, { route, rule, observation, holds, state: whole, nowMs }).decision;
  return { decision: again, isSame: writeLossless(again) === writeLossless(decision) };
}
