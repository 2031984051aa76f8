import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";

/** One backend of one split, with all that decides its share. */
export interface Candidate {
  readonly backend: string;
  readonly baseline: number;
  readonly live: number;
  readonly state: BackendState;
  /** Readiness does not speak against it. */
  readonly ready: boolean;
  readonly unfit: boolean;
}

export interface Shares {
  /** By backend, 0..1; adds up to 1. */
  readonly shares: ReadonlyMap<string, number>;
  /** The owner's own weights apply. */
  readonly atBaseline: boolean;
  /** No backend serves; the load stays with (or goes to) whoever is ready. */
  readonly noneFit: boolean;
}

/**
 * Who gets which share of a split. The first tier with a serving backend carries the load in proportion to the
 * baseline; a returning backend carries its step's part of what it would carry if it served.
 */
export function splitShares(candidates: readonly Candidate[], tiers: readonly (readonly string[])[], rule: Rule): Shares {
  const serving = withoutIdleSuspects(candidates.filter((c) => c.state.phase === "serving" || c.state.phase === "suspect"));
  const returning = candidates.filter((c) => c.state.phase === "returning");
  if (serving.length === 0) return { shares: nobodyServes(candidates, tiers, rule), atBaseline: false, noneFit: true };
  const base = load(serving, candidates, tiers);
  const shares = withSteps(base, returning, load([...serving, ...returning], candidates, tiers), rule);
  const stepping = returning.some((c) => (shares.get(c.backend) ?? 0) > 0);
  return { shares, atBaseline: !stepping && baselineServes(serving, candidates), noneFit: false };
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

/** A suspect that carries nothing is given nothing while another can take the load. */
function withoutIdleSuspects(serving: readonly Candidate[]): readonly Candidate[] {
  const better = serving.filter((c) => !(c.unfit && c.live === 0));
  return better.length > 0 ? better : serving;
}

/** Who relapsed had a step of the load on trial; it goes back to the others. */
function withoutRelapsed(carriers: readonly Candidate[]): readonly Candidate[] {
  const others = carriers.filter((c) => !(c.state.phase === "out" && c.state.fromStep));
  return others.length > 0 ? others : carriers;
}

function baselineServes(serving: readonly Candidate[], all: readonly Candidate[]): boolean {
  return all.every((c) => c.baseline <= 0 || serving.includes(c));
}

/** Shares if exactly these served. */
function load(serving: readonly Candidate[], all: readonly Candidate[], tiers: readonly (readonly string[])[]): Map<string, number> {
  if (baselineServes(serving, all)) return proportionally(all, (c) => c.baseline);
  for (const tier of tiers) {
    const members = serving.filter((c) => tier.includes(c.backend));
    if (members.length > 0) return proportionally(members, (c) => c.baseline);
  }
  return proportionally(serving, (c) => c.baseline);
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
  const ready = candidates.filter((c) => c.ready);
  const carriers = withoutRelapsed(ready.filter((c) => c.live > 0));
  if (carriers.length > 0) {
    const steady = carriers.filter((c) => c.state.phase !== "returning");
    const returning = ready.filter((c) => c.state.phase === "returning");
    if (steady.length === 0) return asLive(carriers);
    // The carriers are out: what a returning one would carry if it served is theirs too, also where it is a standby.
    return withSteps(asLive(steady), returning, load(returning, candidates, tiers), rule);
  }
  for (const tier of tiers) {
    const members = ready.filter((c) => tier.includes(c.backend));
    if (members.length > 0) return proportionally(members, (c) => c.baseline);
  }
  return asLive(carrying.length > 0 ? carrying : candidates);
}
