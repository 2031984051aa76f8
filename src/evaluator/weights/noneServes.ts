import type { Rule } from "../../rules/ruleSet.ts";
import type { Candidate, Tiers } from "./candidate.ts";
import { proportionally, wholeLoad } from "./carriers.ts";
import { withoutRelapsed, withSteps } from "./returnSteps.ts";

/**
 * Shares while no backend serves. The ready backends that carry the load keep it. If there are none, the other ready backends take
 * it by tiers, at once. If none is ready, the weights stay as they are.
 */
export function noneServes(candidates: readonly Candidate[], tiers: Tiers, rule: Rule): ReadonlyMap<string, number> {
  const asLive = (members: readonly Candidate[]) => proportionally(members, (c) => c.live);
  const carrying = candidates.filter((c) => c.live > 0);
  if (rule.whenNoneFit === "hold") return asLive(carrying);
  const ready = candidates.filter((c) => c.ready && c.doubt !== "seenDead");
  const carriers = withoutRelapsed(
    ready.filter((c) => c.live > 0),
    candidates,
    rule,
  );
  if (carriers.length > 0) {
    const steady = carriers.filter((c) => c.state.phase !== "returning");
    const returning = ready.filter((c) => c.state.phase === "returning");
    if (steady.length === 0) return asLive(carriers);
    // The carriers are out, so a returning backend steps towards the whole load, even if it is a standby.
    return withSteps(asLive(steady), returning, wholeLoad(returning, candidates, tiers), rule);
  }
  const sure = ready.filter((c) => c.doubt === null);
  const takers = sure.length > 0 ? sure : ready;
  for (const tier of tiers) {
    const members = takers.filter((c) => tier.includes(c.backend));
    if (members.length > 0) return proportionally(members, (c) => c.baseline);
  }
  return asLive(carrying);
}
