import type { Decision } from "../model/decision.ts";
import { sameSharesOf } from "../model/sameShares.ts";
import type { RouteState } from "../model/state.ts";

/** The state of a route as it is shown once this decision is written, until a tick has seen the weights in its object. */
export function asWritten(route: RouteState, decision: Decision): RouteState {
  const surveyed = route.trace.survey?.splits ?? [];
  const splits = route.splits.map((split) => {
    const change = decision.splits.find(({ name }) => name === split.name);
    return change === undefined ? split : { ...split, live: change.after };
  });
  const shifted = splits.some(({ live, baseline }, i) => {
    const atRest = surveyed[i]?.atRest.state.desired ?? baseline;
    return !sameSharesOf(live, baseline) && !sameSharesOf(live, atRest);
  });
  return { ...route, splits, shifted };
}
