import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState } from "../model/backendState.ts";
import type { Candidate } from "./candidate.ts";

/** Weights are integers that add up to 100 or more, so rounding may raise a step's share by this much. */
const WHOLE_WEIGHT = 0.01;

/** Shares with the steps of a return: each returning backend gets its step of `full`, the others share the rest in the same proportions. */
export function withSteps(
  base: Map<string, number>,
  returning: readonly Candidate[],
  full: ReadonlyMap<string, number>,
  rule: Rule,
): Map<string, number> {
  const shares = new Map<string, number>();
  let stepped = 0;
  for (const c of returning) {
    const share = (full.get(c.backend) ?? 0) * stepShare(c.state, rule);
    if (share <= 0) continue;
    shares.set(c.backend, share);
    stepped += share;
  }
  for (const [backend, share] of base) shares.set(backend, (shares.get(backend) ?? 0) + share * (1 - stepped));
  return shares;
}

/** The carriers without those that carry only the step from which they relapsed, if another one carries the rest of the load. */
export function withoutRelapsed(carriers: readonly Candidate[], all: readonly Candidate[], rule: Rule): readonly Candidate[] {
  const others = carriers.filter((c) => !carriesOnlyStep(c, all, rule));
  const isGiven = all.some((c) => c.live > 0 && c.state.phase !== "returning" && !carriesOnlyStep(c, all, rule));
  return isGiven && others.length > 0 ? others : carriers;
}

/** Whether a relapsed backend carries only its step: we wrote the weight, and it is no larger. It may have received more since then. */
function carriesOnlyStep({ state, live, isOurs }: Candidate, all: readonly Candidate[], rule: Rule): boolean {
  if (state.phase !== "out" || !state.fromStep || !isOurs) return false;
  const sum = all.reduce((total, c) => total + c.live, 0);
  return live / sum <= Math.max(0, ...rule.return.steps) + WHOLE_WEIGHT;
}

function stepShare(state: BackendState, rule: Rule): number {
  return state.phase === "returning" ? (rule.return.steps[state.step] ?? 1) : 1;
}
