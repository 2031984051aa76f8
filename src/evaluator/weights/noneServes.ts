import type { Rule } from "../../rules/ruleSet.ts";
import { worseBy } from "../model/worseBy.ts";
import type { Candidate, Tiers } from "./candidate.ts";
import { proportionally } from "./carriers.ts";
import { withLeastSteps, withoutRelapsed, withSteps } from "./returnSteps.ts";

/**
 * Shares while no backend serves. The reachable backends that carry the load keep it, unless another one does significantly
 * better. Else the best of the reachable ones take it, at once. If none can be reached, the weights stay as they are, or the
 * first standby gets the load.
 */
export function noneServes(candidates: readonly Candidate[], tiers: Tiers, rule: Rule): ReadonlyMap<string, number> {
  const asLive = (members: readonly Candidate[]) => proportionally(members, (c) => c.live);
  const carrying = candidates.filter((c) => c.live > 0);
  const reachable = candidates.filter((c) => c.reachable);
  const sleeper = reachable.length === 0 && rule.whenNoneReady === "standby" ? firstStandby(candidates, tiers) : undefined;
  if (sleeper !== undefined) return new Map([[sleeper.backend, 1]]);
  const ready = reachable.filter((c) => c.doubt !== "seenDead");
  // The carriers are out, so the returning backends step towards the whole load, standbys too: each is tried by an equal part of it.
  const returning = ready.filter((c) => c.state.phase === "returning");
  const tried = (base: Map<string, number>) =>
    withSteps(
      base,
      returning,
      proportionally(returning, () => 1),
      rule,
    );
  if (rule.whenNoneFit === "hold" || ready.length === 0) {
    const holding = withoutRelapsed(
      carrying.filter((c) => c.state.phase !== "returning"),
      candidates,
      rule,
    );
    return holding.length === 0 ? asLive(carrying) : tried(asLive(holding));
  }
  const carriers = withoutRelapsed(
    ready.filter((c) => c.live > 0),
    candidates,
    rule,
  );
  if (carriers.length === 0) return theBest(ready, tiers);
  const steady = carriers.filter((c) => c.state.phase !== "returning");
  if (steady.length === 0) return withLeastSteps(asLive(carriers), returning, rule);
  const kept = steady.filter((c) => !isOutdone(c, ready));
  return kept.length > 0 ? tried(asLive(kept)) : theBest(ready, tiers);
}

/** One that sleeps at zero replicas may wake when it is sent requests. */
function firstStandby(candidates: readonly Candidate[], tiers: Tiers): Candidate | undefined {
  return tiers.flatMap((tier) => candidates.filter((c) => tier.includes(c.backend))).find((c) => c.baseline === 0);
}

/** Those that no other one outdoes; of these preferably those that are surely reachable and have not failed; of these the first tier. */
function theBest(ready: readonly Candidate[], tiers: Tiers): Map<string, number> {
  let best = ready;
  for (const isPreferred of [(c: Candidate) => !isOutdone(c, ready), (c: Candidate) => c.doubt === null, (c: Candidate) => !c.failed]) {
    const preferred = best.filter(isPreferred);
    if (preferred.length > 0) best = preferred;
  }
  for (const tier of tiers) {
    const members = best.filter((c) => tier.includes(c.backend));
    if (members.length > 0) return proportionally(members, (c) => c.baseline);
  }
  return proportionally(best, (c) => c.baseline);
}

/** Whether another one does significantly better. */
function isOutdone(own: Candidate, others: readonly Candidate[]): boolean {
  return others.some((other) => worseBy(own.evidence, other.evidence) !== null);
}
