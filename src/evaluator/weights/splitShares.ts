import type { Rule } from "../../rules/ruleSet.ts";
import type { Candidate, Tiers } from "./candidate.ts";
import { baselineServes, carriedBy, proportionally } from "./carriers.ts";
import { noneServes } from "./noneServes.ts";
import { withSteps } from "./returnSteps.ts";

export interface Shares {
  /** By backend, 0..1; adds up to 1. */
  readonly shares: ReadonlyMap<string, number>;
  /** The owner's own weights apply. */
  readonly atBaseline: boolean;
  /**
   * `noneFit`: no backend serves, so the load stays with (or goes to) the ready ones. `warmUp`: the weights stay as they are,
   * since it is not known yet of any serving backend whether it can be reached.
   */
  readonly heldBy: "noneFit" | "warmUp" | null;
  /** Percent of the load for each tier where some of it spills over; null where it does not. */
  readonly spilled: readonly number[] | null;
}

/**
 * The share of each backend of a split. The first tier with a serving backend carries the load in proportion to the
 * baseline; a returning backend carries its step's part of what it would carry if it served.
 */
export function splitShares(candidates: readonly Candidate[], tiers: Tiers, rule: Rule): Shares {
  const allServing = candidates.filter((c) => c.state.phase === "serving" || c.state.phase === "suspect");
  const serving = withoutIdleSuspects(allServing);
  const returning = candidates.filter((c) => c.state.phase === "returning");
  if (needsSecondTick(serving, candidates)) {
    const asTheyAre = proportionally(candidates, (c) => c.live);
    return { shares: asTheyAre, atBaseline: false, heldBy: "warmUp", spilled: null };
  }
  if (serving.length === 0) return { shares: noneServes(candidates, tiers, rule), atBaseline: false, heldBy: "noneFit", spilled: null };
  const { loads, shares: base } = carriedBy(serving, candidates, tiers, rule);
  const wouldServe = [...serving, ...returning];
  // A step is a part of what the backend would carry if all were well: doubt about another one makes it no larger.
  const full = carriedBy([...allServing, ...returning], candidates, tiers, rule).shares;
  const stepped = withSteps(base, returning, full, rule);
  const shares = keptWarm(stepped, wouldServe, rule.fallback.standbyShare);
  const stepping = returning.some((c) => (shares.get(c.backend) ?? 0) > 0);
  const asOwnerWants = loads === null && shares === stepped && baselineServes(serving, candidates);
  return { shares, atBaseline: !stepping && asOwnerWants, heldBy: null, spilled: loads };
}

/**
 * Standbys without load get `standbyShare` together, in equal parts. Those that return get it too, so that they are judged
 * before they are needed. The same map where there are none.
 */
function keptWarm(shares: Map<string, number>, standbys: readonly Candidate[], standbyShare: number): Map<string, number> {
  const idle = standbyShare > 0 ? standbys.filter((c) => (shares.get(c.backend) ?? 0) === 0) : [];
  if (idle.length === 0) return shares;
  const warm = new Map([...shares].map(([backend, share]) => [backend, share * (1 - standbyShare)]));
  for (const { backend } of idle) warm.set(backend, standbyShare / idle.length);
  return warm;
}

/**
 * Whether a second tick must decide: every serving backend was seen behind a dead gateway once, or no backend serves and such a
 * one carries load.
 */
function needsSecondTick(serving: readonly Candidate[], all: readonly Candidate[]): boolean {
  const seenDead = ({ doubt }: Candidate) => doubt === "seenDead";
  return serving.length > 0 ? serving.every(seenDead) : all.some((c) => seenDead(c) && c.ready && c.live > 0);
}

/** A backend without load that is unfit or in doubt is given none while another one can take it. */
function withoutIdleSuspects(serving: readonly Candidate[]): readonly Candidate[] {
  const better = serving.filter((c) => !((c.unfit || c.doubt !== null) && c.live === 0));
  return better.length > 0 ? better : serving;
}
