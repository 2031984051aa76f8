import type { BackendReport } from "../model/backendReport.ts";
import { against, isReady, type SignalJudgement } from "../model/judgement.ts";
import type { RouteSituation } from "../model/routeSituation.ts";
import { SHARE_TOLERANCE } from "../model/sameShares.ts";
import { candidatesOf } from "../weights/candidate.ts";
import { splitTiers } from "../weights/carriers.ts";
import { splitShares } from "../weights/splitShares.ts";
import { leftByMetrics } from "./departures.ts";

/**
 * The backends that must stay although the evidence of metrics has lasted, because their load would go to a backend that is
 * significantly worse. The worst one leaves first, since no other backend is worse; the others are judged without it.
 */
export function sharedFate(moved: ReadonlyMap<string, BackendReport>, situation: RouteSituation): ReadonlySet<string> {
  const leavers: string[] = [];
  for (const [backend, own] of moved) if (leftByMetrics(own)) leavers.push(backend);
  if (leavers.length === 0) return NONE;
  leavers.sort((a, b) => upperOf(moved.get(a)) - upperOf(moved.get(b)) || (a < b ? -1 : 1));
  const held = new Set<string>();
  let assumed = new Map(moved);
  for (const [backend, own] of moved) if (leavers.includes(backend)) assumed.set(backend, { ...own, state: own.before });
  for (const backend of leavers) {
    const without = new Map(assumed);
    const removed = moved.get(backend);
    if (removed !== undefined) without.set(backend, removed);
    if (areWorse(takers(backend, assumed, without, situation), backend, moved, situation)) held.add(backend);
    else assumed = without;
  }
  return held;
}

const NONE: ReadonlySet<string> = new Set();

/** The backends whose share grows when this one leaves. If none would serve then: the ready ones that were not out before this tick. */
function takers(
  backend: string,
  assumed: ReadonlyMap<string, BackendReport>,
  without: ReadonlyMap<string, BackendReport>,
  { rule, splits, tiers }: RouteSituation,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const split of splits) {
    const sharesIn = (moved: ReadonlyMap<string, BackendReport>) => {
      const candidates = candidatesOf(split, moved);
      return splitShares(candidates, splitTiers(candidates, tiers, rule.fallback.order), rule);
    };
    const then = sharesIn(without);
    const now = sharesIn(assumed).shares;
    for (const { backend: other } of split.split.backends) {
      const grows = (then.shares.get(other) ?? 0) > (now.get(other) ?? 0) + SHARE_TOLERANCE;
      const could = assumed.get(other)?.before.phase !== "out" && isReadyIn(assumed, other);
      if (other !== backend && (then.heldBy === "noneFit" ? could : grows)) found.add(other);
    }
  }
  return found;
}

function isReadyIn(assumed: ReadonlyMap<string, BackendReport>, backend: string): boolean {
  const own = assumed.get(backend);
  return own !== undefined && isReady(own.judgement);
}

/** The upper bound of its first unfit metric. */
function upperOf(leaver: BackendReport | undefined): number {
  return (leaver === undefined ? null : against(leaver.judgement.soft))?.interval?.upper ?? 1;
}

/** Whether the load would go to worse backends: one taker with enough requests is worse, or all takers are, even with few requests. */
function areWorse(
  takers: ReadonlySet<string>,
  carrier: string,
  moved: ReadonlyMap<string, BackendReport>,
  { shares }: RouteSituation,
): boolean {
  const own = moved.get(carrier)?.judgement.soft ?? [];
  const cause = against(own)?.signal;
  const worse = [...takers].flatMap((taker) => {
    const by = (moved.get(taker)?.judgement.soft ?? []).find((theirs) => isWorse(theirs, own, cause));
    // A taker that carries load but has too few requests does not count: it is judged once it gets more load.
    const counts = by !== undefined && (by.reading.state === "value" || (shares.get(taker) ?? 0) === 0);
    return counts ? [by] : [];
  });
  return worse.some(({ reading }) => reading.state === "value") || (worse.length > 0 && worse.length === takers.size);
}

/** Whether its upper bound is below the carrier's lower one, on the signal that removes the carrier; on others it must also be unfit. */
function isWorse(theirs: SignalJudgement, own: readonly SignalJudgement[], cause: string | undefined): boolean {
  const ours = own.find(({ signal }) => signal === theirs.signal)?.interval ?? null;
  if (ours === null || theirs.interval === null || theirs.interval.upper >= ours.lower) return false;
  return theirs.signal === cause || theirs.opinion === "unfit";
}
