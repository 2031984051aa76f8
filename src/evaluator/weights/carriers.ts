import type { Rule } from "../../rules/ruleSet.ts";
import type { Candidate, Tiers } from "./candidate.ts";
import { spillLoads, type TierCapacity } from "./spill.ts";

/** How the load of a split is divided if given backends serve. */
export interface Load {
  /** The share of each backend, 0..1. */
  readonly shares: Map<string, number>;
  /** Percent of the load by tier; null: no load spills over. */
  readonly loads: readonly number[] | null;
}

/** The load if exactly `serving` served: the first tier carries it, or, with `spill`, each tier by its ready endpoints. */
export function carriedBy(serving: readonly Candidate[], all: readonly Candidate[], tiers: Tiers, rule: Rule): Load {
  const order = withBaselineFirst(serving, all, tiers);
  const loads = tierLoads(serving, all, order, rule);
  return { loads, shares: loads === null ? wholeLoad(serving, all, tiers) : spread(serving, order, loads) };
}

/** Shares if exactly `serving` served, without spill: the baseline if all of it serves, else the first tier with a serving backend. */
function wholeLoad(serving: readonly Candidate[], all: readonly Candidate[], tiers: Tiers): Map<string, number> {
  if (baselineServes(serving, all)) return proportionally(all, (c) => c.baseline);
  for (const tier of tiers) {
    const members = serving.filter((c) => tier.includes(c.backend));
    if (members.length > 0) return proportionally(members, (c) => c.baseline);
  }
  return proportionally(serving, (c) => c.baseline);
}

/** The tiers of a split: the owner's, else the backends with baseline weight first, then the others together or in listed order. */
export function splitTiers(
  candidates: readonly { readonly backend: string; readonly baseline: number }[],
  annotated: Tiers | null,
  order: Rule["fallback"]["order"],
): Tiers {
  if (annotated !== null) return annotated;
  const first = candidates.filter((c) => c.baseline > 0).map((c) => c.backend);
  const rest = candidates.filter((c) => c.baseline <= 0).map((c) => c.backend);
  return order === "listed" ? [first, ...rest.map((backend) => [backend])] : [first, rest];
}

/** Whether every backend with baseline weight serves. */
export function baselineServes(serving: readonly Candidate[], all: readonly Candidate[]): boolean {
  return all.every((c) => c.baseline <= 0 || serving.includes(c));
}

/** Shares in proportion to `measure`; equal shares if it is zero for all. */
export function proportionally(members: readonly Candidate[], measure: (c: Candidate) => number): Map<string, number> {
  const sum = members.reduce((total, c) => total + measure(c), 0);
  return new Map(members.map((c) => [c.backend, sum > 0 ? measure(c) / sum : 1 / members.length]));
}

/** Percent of the load by tier, from its ready endpoints; null: no load spills over. */
function tierLoads(serving: readonly Candidate[], all: readonly Candidate[], tiers: Tiers, rule: Rule): readonly number[] | null {
  if (rule.spill === undefined) return null;
  const loads = spillLoads(
    tiers.map((tier) => capacityOf(tier, serving, all)),
    rule.spill.overprovisioning,
  );
  const carriers = loads.filter((percent) => percent > 0);
  return carriers.length > 1 ? loads : null;
}

/** The endpoints of a tier: ready ones of the serving backends, desired ones of all. Null: a serving backend cannot be counted. */
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

/** While all backends with baseline weight serve, they are the first tier, so that a change in an idle standby moves nothing. */
function withBaselineFirst(serving: readonly Candidate[], all: readonly Candidate[], tiers: Tiers): Tiers {
  if (!baselineServes(serving, all)) return tiers;
  const carriers = all.filter((c) => c.baseline > 0).map((c) => c.backend);
  return [carriers, ...tiers.map((tier) => tier.filter((backend) => !carriers.includes(backend)))].filter((tier) => tier.length > 0);
}

/** Divides each tier's percent of the load among its backends, in proportion to the baseline. */
function spread(serving: readonly Candidate[], tiers: Tiers, loads: readonly number[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (const [i, tier] of tiers.entries()) {
    const members = serving.filter((c) => tier.includes(c.backend));
    for (const [backend, share] of proportionally(members, (c) => c.baseline)) shares.set(backend, (share * (loads[i] ?? 0)) / 100);
  }
  return shares;
}
