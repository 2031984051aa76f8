/**
 * evaluator/weights/ — computes desired weights.
 *
 * Turns the phases of the backends into shares, weights and decisions. It must never change a phase, and never desire weights
 * that are all zero.
 */
import type { Rule } from "../../rules/ruleSet.ts";
import type { Candidate, Tiers } from "./candidate.ts";
import { baselineServes, carriedBy, proportionally } from "./carriers.ts";
import { noneServes } from "./noneServes.ts";
import { withSteps } from "./returnSteps.ts";

export interface Shares {
  /** The share of each backend, 0..1; they add up to 1. */
  readonly shares: ReadonlyMap<string, number>;
  /** The owner's own weights apply. */
  readonly atBaseline: boolean;
  /**
   * `noneFit`: no backend serves, so the load stays with the ready backends that carry it, or goes to better ones. `warmUp`: the weights stay as they
   * are until a second tick has shown whether a gateway is dead.
   */
  readonly heldBy: "noneFit" | "warmUp" | null;
  /** Percent of the load by tier; null: no load spills over. */
  readonly spilled: readonly number[] | null;
}

/**
 * The share of each backend of a split. The first tier with a serving backend carries the load, in proportion to the baseline. A
 * returning backend gets its step of what it would carry if it served.
 */
export function splitShares(candidates: readonly Candidate[], tiers: Tiers, rule: Rule): Shares {
  const allServing = candidates.filter((c) => c.state.phase === "serving" || c.state.phase === "suspect");
  const serving = withoutIdleSuspects(allServing);
  const returning = candidates.filter((c) => c.state.phase === "returning");
  if (needsSecondTick(serving, candidates)) {
    const asLive = proportionally(candidates, (c) => c.live);
    return { shares: asLive, atBaseline: false, heldBy: "warmUp", spilled: null };
  }
  if (serving.length === 0) return { shares: noneServes(candidates, tiers, rule), atBaseline: false, heldBy: "noneFit", spilled: null };
  const { loads, shares: base } = carriedBy(serving, candidates, tiers, rule);
  const wouldServe = [...serving, ...returning];
  // A step is a part of the backend's load when all backends serve: doubt about another backend must not make it larger.
  const full = carriedBy([...allServing, ...returning], candidates, tiers, rule).shares;
  // A standby would carry nothing then. While a better tier is on trial, too, it gets its step of what the standbys carry meanwhile.
  const standbys = returning.filter((c) => (full.get(c.backend) ?? 0) === 0);
  const meanwhile = standbys.length === 0 ? full : carriedBy([...allServing, ...standbys], candidates, tiers, rule).shares;
  const stepped = withSteps(withSteps(base, standbys, meanwhile, rule), returning, full, rule);
  const shares = keptWarm(stepped, wouldServe, rule.fallback.standbyShare);
  const stepping = returning.some((c) => (shares.get(c.backend) ?? 0) > 0);
  const asOwnerWants = loads === null && shares === stepped && baselineServes(serving, candidates);
  return { shares, atBaseline: !stepping && asOwnerWants, heldBy: null, spilled: loads };
}

/**
 * Shares with `standbyShare` divided equally among the standbys without load; the same map if there are none. Returning standbys
 * get it too, so that they are judged before they are needed.
 */
function keptWarm(shares: Map<string, number>, standbys: readonly Candidate[], standbyShare: number): Map<string, number> {
  const idle = standbyShare > 0 ? standbys.filter((c) => (shares.get(c.backend) ?? 0) === 0) : [];
  if (idle.length === 0) return shares;
  const warm = new Map([...shares].map(([backend, share]) => [backend, share * (1 - standbyShare)]));
  for (const { backend } of idle) warm.set(backend, standbyShare / idle.length);
  return warm;
}

/**
 * Whether a second tick must decide: the gateway was dead at one tick for every serving backend, or, if none serves, for a ready
 * backend that carries load.
 */
function needsSecondTick(serving: readonly Candidate[], all: readonly Candidate[]): boolean {
  const seenDead = ({ doubt }: Candidate) => doubt === "seenDead";
  return serving.length > 0 ? serving.every(seenDead) : all.some((c) => seenDead(c) && c.reachable && c.live > 0);
}

/** Leaves out backends without load that are unfit or in doubt, if another backend serves. */
function withoutIdleSuspects(serving: readonly Candidate[]): readonly Candidate[] {
  const better = serving.filter((c) => !((c.unfit || c.doubt !== null) && c.live === 0));
  return better.length > 0 ? better : serving;
}
