import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState } from "../model/backendState.ts";
import { SHARE_TOLERANCE } from "../model/sameShares.ts";
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

/**
 * Shares while all that carry the load are returning: each has its step at the least, and those that carry more than theirs keep the
 * rest in the same proportions. So none of them gets its last part of the load without the steps before.
 */
export function withLeastSteps(live: ReadonlyMap<string, number>, returning: readonly Candidate[], rule: Rule): Map<string, number> {
  const steps = new Map(returning.map((c) => [c.backend, stepShare(c.state, rule)]));
  const sum = [...steps.values()].reduce((total, step) => total + step, 0);
  if (sum >= 1) return new Map([...steps].map(([backend, step]) => [backend, step / sum]));
  const shares = new Map([...steps.keys()].map((backend) => [backend, live.get(backend) ?? 0]));
  const atStep = new Set<string>();
  for (let below = belowStep(shares, steps); below !== undefined; below = belowStep(shares, steps)) {
    atStep.add(below);
    let stepped = 0;
    let rest = 0;
    for (const [backend, share] of shares) {
      if (atStep.has(backend)) stepped += steps.get(backend) ?? 0;
      else rest += share;
    }
    for (const [backend, share] of shares) {
      shares.set(backend, atStep.has(backend) ? (steps.get(backend) ?? 0) : (share * (1 - stepped)) / rest);
    }
  }
  return shares;
}

function belowStep(shares: ReadonlyMap<string, number>, steps: ReadonlyMap<string, number>): string | undefined {
  for (const [backend, share] of shares) if (share < (steps.get(backend) ?? 0) - SHARE_TOLERANCE) return backend;
  return undefined;
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
