import type { ReconciledSplit } from "../routes/baseline.ts";
import type { BackendWish, Route, Split, SplitWish } from "../routes/route.ts";
import { weightOfAll } from "../routes/weight.ts";
import type { Rule } from "../rules/ruleSet.ts";
import { liveWeights } from "./liveWeights.ts";
import type { MovedBackend } from "./movePhases.ts";
import { type Candidate, splitShares, splitTiers } from "./shares.ts";
import type { SplitState } from "./state.ts";
import { integerWeights } from "./weights.ts";

/** Shares closer than this are the same share. */
const SHARE_TOLERANCE = 1e-9;

/** The weights wanted in one split, and how they came about. */
export interface WishedSplit {
  readonly wish: SplitWish;
  readonly state: SplitState;
  /** The live weights differ from the wish. */
  readonly differs: boolean;
  readonly noneFit: boolean;
}

/** The wish for one split: by a pin, else by health. */
export function wishSplit(
  route: Route,
  split: Split,
  reconciled: ReconciledSplit,
  moved: ReadonlyMap<string, MovedBackend>,
  rule: Rule,
  pin: string | null,
): WishedSplit {
  const candidates = candidatesOf(split, reconciled, moved);
  const pinned = pin !== null && candidates.some((c) => c.backend === pin) ? pin : null;
  const byHealth = splitShares(candidates, splitTiers(candidates, route.tiers, rule.fallback.order), rule);
  const shares = pinned === null ? byHealth.shares : new Map([[pinned, 1]]);
  const atBaseline = pinned === null && byHealth.atBaseline;
  const backends = atBaseline
    ? baselineWishes(route, split, reconciled, candidates)
    : computedWishes(split, candidates, (c) => shares.get(c.backend) ?? 0);
  const differs = atBaseline ? differsFromLive(candidates, backends) : differsInShares(candidates, backends);
  const state: SplitState = {
    name: split.name,
    live: Object.fromEntries(candidates.map((c) => [c.backend, c.live])),
    baseline: Object.fromEntries(candidates.map((c) => [c.backend, c.baseline])),
    wish: Object.fromEntries(backends.map((b) => [b.backend, b.weight])),
  };
  return { wish: { name: split.name, backends }, state, differs, noneFit: byHealth.noneFit };
}

/** Whether two sets of weights over the same backends send traffic the same way. */
export function sameSharesOf(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const keys = Object.keys(a);
  const sumA = keys.reduce((sum, key) => sum + (a[key] ?? 0), 0);
  const sumB = keys.reduce((sum, key) => sum + (b[key] ?? 0), 0);
  if (sumA <= 0 || sumB <= 0) return sumA <= 0 && sumB <= 0;
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Math.abs((a[key] ?? 0) / sumA - (b[key] ?? 0) / sumB) < SHARE_TOLERANCE)
  );
}

function candidatesOf(split: Split, reconciled: ReconciledSplit, moved: ReadonlyMap<string, MovedBackend>): readonly Candidate[] {
  const candidates: Candidate[] = [];
  const live = liveWeights(reconciled);
  for (const { backend } of split.backends) {
    const by = moved.get(backend);
    if (by === undefined) continue;
    candidates.push({
      backend,
      baseline: weightOfAll(reconciled.baseline[backend] ?? []),
      live: live[backend] ?? 0,
      state: by.state,
      ready: by.judgement.readiness !== "unfit",
      unfit: by.judgement.verdict === "unfit",
    });
  }
  return candidates;
}

/** The owner's own spelling, scaled down only where Linkerd could not hold it and we write anyway. */
function baselineWishes(route: Route, split: Split, reconciled: ReconciledSplit, candidates: readonly Candidate[]): readonly BackendWish[] {
  const untouched = candidates.every((c) => c.live === c.baseline);
  const total = candidates.reduce((all, c) => all + c.baseline, 0);
  if (!untouched && total > route.maxWeightSum) {
    return computedWishes(split, candidates, (c) => c.baseline / total);
  }
  return candidates.map((c) => ({ backend: c.backend, weight: c.baseline, spellings: reconciled.baseline[c.backend] ?? [] }));
}

/** Integer weights for shares; where the live weights already send traffic that way, they stay as they are spelled. */
function computedWishes(split: Split, candidates: readonly Candidate[], shareOf: (c: Candidate) => number): readonly BackendWish[] {
  const liveSum = candidates.reduce((all, c) => all + c.live, 0);
  const asLive = liveSum > 0 && candidates.every((c) => Math.abs(c.live / liveSum - shareOf(c)) < SHARE_TOLERANCE);
  const baselineSum = candidates.reduce((all, c) => all + c.baseline, 0);
  const weights = asLive ? candidates.map((c) => c.live) : integerWeights(candidates.map(shareOf), baselineSum);
  return candidates.map((c, i) => {
    const weight = weights[i] ?? 0;
    const entries = split.backends.find((b) => b.backend === c.backend)?.entries ?? [];
    // A Service that is listed more than once carries its weight at its first entry.
    const spellings = asLive ? entries.map((e) => e.spelling ?? 0) : entries.map((_, j) => (j === 0 ? weight : 0));
    return { backend: c.backend, weight, spellings };
  });
}

function differsFromLive(candidates: readonly Candidate[], wishes: readonly BackendWish[]): boolean {
  return wishes.some((wish) => candidates.find((c) => c.backend === wish.backend)?.live !== wish.weight);
}

function differsInShares(candidates: readonly Candidate[], wishes: readonly BackendWish[]): boolean {
  const live = Object.fromEntries(candidates.map((c) => [c.backend, c.live]));
  const wish = Object.fromEntries(wishes.map((w) => [w.backend, w.weight]));
  return !sameSharesOf(live, wish);
}
