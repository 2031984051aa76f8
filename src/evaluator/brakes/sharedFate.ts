import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendReport, RouteSituation } from "../model/backendReport.ts";
import { against, isReady, type SignalJudgement } from "../model/judgement.ts";
import { SHARE_TOLERANCE } from "../model/sameShares.ts";
import { candidatesOf } from "../weights/desiredWeights.ts";
import { splitShares, splitTiers } from "../weights/splitShares.ts";
import { leftByMetrics } from "./departures.ts";

/**
 * Who may not leave on metrics, though the evidence has lasted: those whose load would go to somebody who is doing
 * significantly worse. The worst is asked first, since nobody it could hand its load to is worse; who remains is asked
 * about a world in which the worse ones are gone.
 */
export function sharedFate(moved: ReadonlyMap<string, BackendReport>, situation: RouteSituation, rule: Rule): ReadonlySet<string> {
  const leavers: string[] = [];
  for (const [backend, own] of moved) if (leftByMetrics(own)) leavers.push(backend);
  if (leavers.length === 0) return NOBODY;
  leavers.sort((a, b) => upperOf(moved.get(a)) - upperOf(moved.get(b)) || (a < b ? -1 : 1));
  const held = new Set<string>();
  let world = new Map(moved);
  for (const [backend, own] of moved) if (leavers.includes(backend)) world.set(backend, { ...own, state: own.before });
  for (const backend of leavers) {
    const without = new Map(world);
    const gone = moved.get(backend);
    if (gone !== undefined) without.set(backend, gone);
    if (fareWorse(backend, takers(backend, world, without, situation, rule), moved, situation)) held.add(backend);
    else world = without;
  }
  return held;
}

const NOBODY: ReadonlySet<string> = new Set();

/** Whose share grows when this one leaves; where nobody would serve then, everybody who still could at this look. */
function takers(
  backend: string,
  world: ReadonlyMap<string, BackendReport>,
  without: ReadonlyMap<string, BackendReport>,
  { splits, tiers }: RouteSituation,
  rule: Rule,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const split of splits) {
    const sharesIn = (moved: ReadonlyMap<string, BackendReport>) => {
      const candidates = candidatesOf(split, moved);
      return splitShares(candidates, splitTiers(candidates, tiers, rule.fallback.order), rule);
    };
    const then = sharesIn(without);
    const now = sharesIn(world).shares;
    for (const { backend: other } of split.split.backends) {
      const grows = (then.shares.get(other) ?? 0) > (now.get(other) ?? 0) + SHARE_TOLERANCE;
      const could = world.get(other)?.before.phase !== "out" && isReadyIn(world, other);
      if (other !== backend && (then.heldBy === "noneFit" ? could : grows)) found.add(other);
    }
  }
  return found;
}

function isReadyIn(world: ReadonlyMap<string, BackendReport>, backend: string): boolean {
  const own = world.get(backend);
  return own !== undefined && isReady(own.judgement);
}

/** How good it may be at best, on the signal that speaks against it. */
function upperOf(leaver: BackendReport | undefined): number {
  return (leaver === undefined ? null : against(leaver.judgement.soft))?.interval?.upper ?? 1;
}

/**
 * Whether these would fare worse with the load than its bearer: one of them is judged so, or all of them look so, on
 * however few requests.
 */
function fareWorse(
  bearer: string,
  takers: ReadonlySet<string>,
  moved: ReadonlyMap<string, BackendReport>,
  { shares }: RouteSituation,
): boolean {
  const own = moved.get(bearer)?.judgement.soft ?? [];
  const cause = against(own)?.signal;
  const worse = [...takers].flatMap((taker) => {
    const by = (moved.get(taker)?.judgement.soft ?? []).find((theirs) => isWorse(theirs, own, cause));
    // Who carries some of the load already and is too quiet to be judged will be judged by what it gets.
    const counts = by !== undefined && (by.reading.state === "value" || (shares.get(taker) ?? 0) === 0);
    return counts ? [by] : [];
  });
  return worse.some(({ reading }) => reading.state === "value") || (worse.length > 0 && worse.length === takers.size);
}

/**
 * Worse for sure: its best is below the bearer's worst, on the signal that the bearer leaves on; on any other one it must
 * be unfit besides.
 */
function isWorse(theirs: SignalJudgement, own: readonly SignalJudgement[], cause: string | undefined): boolean {
  const ours = own.find(({ signal }) => signal === theirs.signal)?.interval ?? null;
  if (ours === null || theirs.interval === null || theirs.interval.upper >= ours.lower) return false;
  return theirs.signal === cause || theirs.opinion === "unfit";
}
