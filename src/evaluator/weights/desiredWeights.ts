import type { DesiredBackend } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";
import { clean } from "../model/backendState.ts";
import { entryWeights } from "../model/entryWeights.ts";
import { SHARE_TOLERANCE, sameSharesOf } from "../model/sameShares.ts";
import type { SplitPlan, Survey, SurveyedSplit } from "../model/survey.ts";
import { type Candidate, candidatesOf, type Tiers } from "./candidate.ts";
import { splitTiers } from "./carriers.ts";
import { splitShares } from "./splitShares.ts";

/** The desired weights of every split of a route, and why. */
export function desiredWeights(
  { splits, route: { tiers } }: Survey,
  moved: ReadonlyMap<string, BackendReport>,
  rule: Rule,
  pin: string | null,
): readonly SplitPlan[] {
  return splits.map((split) => planSplit(split, tiers, moved, rule, pin));
}

/** The desired weights of one split: by a pin, else by health. */
function planSplit(
  surveyed: SurveyedSplit,
  tiers: Tiers | null,
  moved: ReadonlyMap<string, BackendReport>,
  rule: Rule,
  pin: string | null,
): SplitPlan {
  const pinned = pin !== null && Object.hasOwn(surveyed.baseline, pin) ? pin : null;
  const alwaysComputed = rule.spill !== undefined || rule.fallback.standbyShare > 0;
  if (pinned === null && !alwaysComputed && isAtRest(surveyed, moved)) return surveyed.atRest;
  const candidates = candidatesOf(surveyed, moved);
  const byHealth = splitShares(candidates, splitTiers(candidates, tiers, rule.fallback.order), rule);
  if (pinned === null && byHealth.atBaseline) return surveyed.atRest;
  const shares = pinned === null ? byHealth.shares : new Map([[pinned, 1]]);
  const computed = computedWeights(surveyed, candidates, (c) => shares.get(c.backend) ?? 0);
  // Weights that equal the baseline are written in the owner's spelling.
  const atRest = surveyed.atRest.desired.backends;
  const backends = computed.every(({ weight }, i) => weight === atRest[i]?.weight) ? atRest : computed;
  const desired = Object.fromEntries(backends.map((b) => [b.backend, b.weight]));
  const { from } = surveyed.atRest;
  return {
    desired: { name: surveyed.split.name, backends },
    state: { name: surveyed.split.name, live: surveyed.atRest.state.live, baseline: surveyed.baseline, desired },
    from,
    differs: surveyed.isEmptied || !sameSharesOf(surveyed.live, desired),
    heldBy: byHealth.heldBy,
    isShifted: surveyed.atRest.isShifted && !sameSharesOf(from, restOf(surveyed, candidates, rule)),
    ...(pinned === null && byHealth.spilled !== null ? { spilled: byHealth.spilled } : {}),
  };
}

/** The weights while every backend serves: the baseline, with `standbyShare`. */
function restOf(surveyed: SurveyedSplit, candidates: readonly Candidate[], rule: Rule): Readonly<Record<string, number>> {
  if (rule.fallback.standbyShare === 0) return surveyed.baseline;
  const served = candidates.map((c) => ({ ...c, state: clean(0), unfit: false, ready: true, capacity: null }));
  const { shares } = splitShares(served, splitTiers(served, null, rule.fallback.order), rule);
  const desired = computedWeights(surveyed, served, (c) => shares.get(c.backend) ?? 0);
  return Object.fromEntries(desired.map((w) => [w.backend, w.weight]));
}

/** Whether every backend with baseline weight serves. */
function isAtRest({ carriers, live }: SurveyedSplit, moved: ReadonlyMap<string, BackendReport>): boolean {
  for (const backend of carriers) {
    const phase = moved.get(backend)?.state.phase;
    if (phase !== "serving" && !(phase === "suspect" && (live[backend] ?? 0) > 0)) return false;
  }
  return true;
}

/** Integer weights for shares; the live weights, as they are spelled, if they already have these shares. */
function computedWeights(
  { split, spelled, isEmptied }: SurveyedSplit,
  candidates: readonly Candidate[],
  shareOf: (c: Candidate) => number,
): readonly DesiredBackend[] {
  const liveSum = candidates.reduce((all, c) => all + c.live, 0);
  const asLive = !isEmptied && liveSum > 0 && candidates.every((c) => Math.abs(c.live / liveSum - shareOf(c)) < SHARE_TOLERANCE);
  const baselineSum = candidates.reduce((all, c) => all + c.baseline, 0);
  if (!asLive) {
    return entryWeights(
      candidates.map((c) => ({ backend: c.backend, share: shareOf(c), spellings: spelled[c.backend] ?? [] })),
      baselineSum,
    );
  }
  return candidates.map(({ backend, live }) => {
    const entries = split.backends.find((b) => b.backend === backend)?.entries ?? [];
    return { backend, weight: live, spellings: entries.map((e) => e.spelling) };
  });
}
