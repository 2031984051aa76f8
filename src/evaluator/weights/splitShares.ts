import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState } from "../model/backendState.ts";
import type { Doubt } from "../model/judgement.ts";
import { spillLoads, type TierCapacity } from "./spill.ts";

/** One backend of one split, with all that decides its share. */
export interface Candidate {
  readonly backend: string;
  readonly baseline: number;
  /** Live weight; never 0 for all: a split without any weight is judged as its baseline. */
  readonly live: number;
  /** The live weights of the split are what we wrote. */
  readonly isOurs: boolean;
  readonly state: BackendState;
  /** Readiness does not speak against it. */
  readonly ready: boolean;
  readonly unfit: boolean;
  readonly doubt: Doubt | null;
  /** Its endpoints; null where nobody can count them. */
  readonly capacity: TierCapacity | null;
}

export interface Shares {
  /** By backend, 0..1; adds up to 1. */
  readonly shares: ReadonlyMap<string, number>;
  /** The owner's own weights apply. */
  readonly atBaseline: boolean;
  /**
   * `noneFit`: no backend serves; the load stays with (or goes to) whoever is ready. `warmUp`: the weights stay as they
   * are, since of none of those that serve it is known yet whether it can be reached.
   */
  readonly heldBy: "noneFit" | "warmUp" | null;
  /** Percent of the load for each tier where some of it spills over; null where it does not. */
  readonly spilled: readonly number[] | null;
}

/**
 * Who gets which share of a split. The first tier with a serving backend carries the load in proportion to the
 * baseline; a returning backend carries its step's part of what it would carry if it served.
 */
export function splitShares(candidates: readonly Candidate[], tiers: readonly (readonly string[])[], rule: Rule): Shares {
  const allServing = candidates.filter((c) => c.state.phase === "serving" || c.state.phase === "suspect");
  const serving = withoutIdleSuspects(allServing);
  const returning = candidates.filter((c) => c.state.phase === "returning");
  if (needsSecondTick(serving, candidates)) {
    const asTheyAre = proportionally(candidates, (c) => c.live);
    return { shares: asTheyAre, atBaseline: false, heldBy: "warmUp", spilled: null };
  }
  if (serving.length === 0) return { shares: nobodyServes(candidates, tiers, rule), atBaseline: false, heldBy: "noneFit", spilled: null };
  const { loads, shares: base } = load(serving, candidates, tiers, rule);
  const wouldServe = [...serving, ...returning];
  // A step is a part of what it would carry if all were well: doubt of another makes it no larger.
  const full = load([...allServing, ...returning], candidates, tiers, rule).shares;
  const stepped = withSteps(base, returning, full, rule);
  const shares = keptWarm(stepped, wouldServe, rule.fallback.standbyShare);
  const stepping = returning.some((c) => (shares.get(c.backend) ?? 0) > 0);
  const asOwnerWants = loads === null && shares === stepped && baselineServes(serving, candidates);
  return { shares, atBaseline: !stepping && asOwnerWants, heldBy: null, spilled: loads };
}

/** How the load is spread over the tiers by their ready endpoints; null where the first one that serves carries all of it. */
function tierLoads(
  serving: readonly Candidate[],
  all: readonly Candidate[],
  tiers: readonly (readonly string[])[],
  rule: Rule,
): readonly number[] | null {
  if (rule.spill === undefined) return null;
  const loads = spillLoads(
    tiers.map((tier) => capacityOf(tier, serving, all)),
    rule.spill.overprovisioning,
  );
  const carriers = loads.filter((percent) => percent > 0);
  return carriers.length > 1 ? loads : null;
}

/** What of a tier serves, of all that it has. */
function capacityOf(tier: readonly string[], serving: readonly Candidate[], all: readonly Candidate[]): TierCapacity | null {
  let ready = 0;
  let desired = 0;
  for (const c of all) {
    if (!tier.includes(c.backend)) continue;
    const serves = serving.includes(c);
    if (serves && c.capacity === null) return null;
    ready += serves ? (c.capacity?.ready ?? 0) : 0;
    desired += c.capacity?.desired ?? 0;
  }
  return { ready, desired };
}

/**
 * Standbys that carry nothing get a little together, in equal parts; those that return, too, so that they are judged
 * before they are needed. The same map where there are none.
 */
function keptWarm(shares: Map<string, number>, standbys: readonly Candidate[], standbyShare: number): Map<string, number> {
  const idle = standbyShare > 0 ? standbys.filter((c) => (shares.get(c.backend) ?? 0) === 0) : [];
  if (idle.length === 0) return shares;
  const warm = new Map([...shares].map(([backend, share]) => [backend, share * (1 - standbyShare)]));
  for (const { backend } of idle) warm.set(backend, standbyShare / idle.length);
  return warm;
}

/** The tiers of a split: the owner's, else the baseline's carriers first and the others together or as listed. */
export function splitTiers(
  candidates: readonly { readonly backend: string; readonly baseline: number }[],
  annotated: readonly (readonly string[])[] | null,
  order: Rule["fallback"]["order"],
): readonly (readonly string[])[] {
  if (annotated !== null) return annotated;
  const first = candidates.filter((c) => c.baseline > 0).map((c) => c.backend);
  const rest = candidates.filter((c) => c.baseline <= 0).map((c) => c.backend);
  return order === "listed" ? [first, ...rest.map((backend) => [backend])] : [first, rest];
}

/** Whether all who serve were seen behind a dead gateway once, or nobody serves and such a one carries load: the second look decides. */
function needsSecondTick(serving: readonly Candidate[], all: readonly Candidate[]): boolean {
  const seenDead = ({ doubt }: Candidate) => doubt === "seenDead";
  return serving.length > 0 ? serving.every(seenDead) : all.some((c) => seenDead(c) && c.ready && c.live > 0);
}

/** A suspect that carries nothing is given nothing while another can take the load; nor is one that is in doubt. */
function withoutIdleSuspects(serving: readonly Candidate[]): readonly Candidate[] {
  const better = serving.filter((c) => !((c.unfit || c.doubt !== null) && c.live === 0));
  return better.length > 0 ? better : serving;
}

/** Who relapsed had a step of the load on trial; it goes back to the others, if any of them is the one that gave it. */
function withoutRelapsed(carriers: readonly Candidate[], all: readonly Candidate[], rule: Rule): readonly Candidate[] {
  const others = carriers.filter((c) => !isOnTrial(c, all, rule));
  const someoneGaveIt = all.some((c) => c.live > 0 && c.state.phase !== "returning" && !isOnTrial(c, all, rule));
  return someoneGaveIt && others.length > 0 ? others : carriers;
}

/** Whether what a relapsed backend carries is its step: no more than a step gives, and given by us. It may have got more since then. */
function isOnTrial({ state, live, isOurs }: Candidate, all: readonly Candidate[], rule: Rule): boolean {
  if (state.phase !== "out" || !state.fromStep || !isOurs) return false;
  const sum = all.reduce((total, c) => total + c.live, 0);
  return live / sum <= Math.max(0, ...rule.return.steps) + WHOLE_WEIGHT;
}

/** Weights are whole numbers that add up to 100 or more: a step may be so much more than its share. */
const WHOLE_WEIGHT = 0.01;

function baselineServes(serving: readonly Candidate[], all: readonly Candidate[]): boolean {
  return all.every((c) => c.baseline <= 0 || serving.includes(c));
}

interface Load {
  readonly shares: Map<string, number>;
  /** As in `Shares.spilled`. */
  readonly loads: readonly number[] | null;
}

/** Shares if exactly these served, spread over the tiers by what is ready where the rule says so. */
function load(serving: readonly Candidate[], all: readonly Candidate[], tiers: readonly (readonly string[])[], rule: Rule): Load {
  const order = withBaselineFirst(serving, all, tiers);
  const loads = tierLoads(serving, all, order, rule);
  return { loads, shares: loads === null ? wholeLoad(serving, all, tiers) : spread(serving, order, loads) };
}

/** While those serve whom the owner gave weight, they carry first, whatever else the tiers prefer: an idle one that weakens moves nothing. */
function withBaselineFirst(
  serving: readonly Candidate[],
  all: readonly Candidate[],
  tiers: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  if (!baselineServes(serving, all)) return tiers;
  const carriers = all.filter((c) => c.baseline > 0).map((c) => c.backend);
  return [carriers, ...tiers.map((tier) => tier.filter((backend) => !carriers.includes(backend)))].filter((tier) => tier.length > 0);
}

function wholeLoad(serving: readonly Candidate[], all: readonly Candidate[], tiers: readonly (readonly string[])[]): Map<string, number> {
  if (baselineServes(serving, all)) return proportionally(all, (c) => c.baseline);
  for (const tier of tiers) {
    const members = serving.filter((c) => tier.includes(c.backend));
    if (members.length > 0) return proportionally(members, (c) => c.baseline);
  }
  return proportionally(serving, (c) => c.baseline);
}

/** Each tier's percent of the load, inside it in proportion to the baseline. */
function spread(serving: readonly Candidate[], tiers: readonly (readonly string[])[], loads: readonly number[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (const [i, tier] of tiers.entries()) {
    const members = serving.filter((c) => tier.includes(c.backend));
    for (const [backend, share] of proportionally(members, (c) => c.baseline)) shares.set(backend, (share * (loads[i] ?? 0)) / 100);
  }
  return shares;
}

/** In proportion to `measure`; equal shares where it is zero for all. */
function proportionally(members: readonly Candidate[], measure: (c: Candidate) => number): Map<string, number> {
  const sum = members.reduce((total, c) => total + measure(c), 0);
  return new Map(members.map((c) => [c.backend, sum > 0 ? measure(c) / sum : 1 / members.length]));
}

/** Each returning backend gets its step's part of what it would carry; the others keep their proportions in the rest. */
function withSteps(
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

function stepShare(state: BackendState, rule: Rule): number {
  return state.phase === "returning" ? (rule.return.steps[state.step] ?? 1) : 1;
}

/**
 * Nobody serves. Whoever carries the load and has a ready endpoint keeps it, else the ready ones take it by tiers, at
 * once; where nothing is ready the weights stay as they are.
 */
function nobodyServes(candidates: readonly Candidate[], tiers: readonly (readonly string[])[], rule: Rule): ReadonlyMap<string, number> {
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
    // The carriers are out: what a returning one would carry if it served is theirs too, also where it is a standby.
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
