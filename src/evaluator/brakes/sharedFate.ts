import type { BackendReport } from "../model/backendReport.ts";
import { against, isReady, type SignalJudgement } from "../model/judgement.ts";
import type { RouteSituation } from "../model/routeSituation.ts";
import { SHARE_TOLERANCE } from "../model/sameShares.ts";
import { candidatesOf } from "../weights/candidate.ts";
import { splitTiers } from "../weights/carriers.ts";
import { splitShares } from "../weights/splitShares.ts";
import { leftByMetrics } from "./departures.ts";

/**
 * The backends that may not leave because of metrics though the evidence has lasted: their load would go to a backend that is
 * significantly worse. The worst leaves first, since no other one is worse; the next ones are judged as if it were gone.
 */
export function sharedFate(moved: ReadonlyMap<string, BackendReport>, situation: RouteSituation): ReadonlySet<string> {
  const leavers: string[] = [];
  for (const [backend, own] of moved) if (leftByMetrics(own)) leavers.push(backend);
  if (leavers.length === 0) return NONE;
  leavers.sort((a, b) => upperOf(moved.get(a)) - upperOf(moved.get(b)) || (a < b ? -1 : 1));
  const held = new Set<string>();
  let world = new Map(moved);
  for (const [backend, own] of moved) if (leavers.includes(backend)) world.set(backend, { ...own, state: own.before });
  for (const backend of leavers) {
    const without = new Map(world);
    const gone = moved.get(backend);
    if (gone !== undefined) without.set(backend, gone);
    if (areWorse(takers(backend, world, without, situation), backend, moved, situation)) held.add(backend);
    else world = without;
  }
  return held;
}

const NONE: ReadonlySet<string> = new Set();

/** The backends whose share grows when this one leaves; where none would serve then, all that still could at this tick. */
function takers(
  backend: string,
  world: ReadonlyMap<string, BackendReport>,
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

/** The upper bound of the signal that speaks against it. */
function upperOf(leaver: BackendReport | undefined): number {
  return (leaver === undefined ? null : against(leaver.judgement.soft))?.interval?.upper ?? 1;
}

/** Whether the takers would do worse with the load than its carrier: one of them is judged worse, or all of them are, on however few requests. */
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
    // A taker that carries load already and is too quiet to be judged will be judged by the load that it gets.
    const counts = by !== undefined && (by.reading.state === "value" || (shares.get(taker) ?? 0) === 0);
    return counts ? [by] : [];
  });
  return worse.some(({ reading }) => reading.state === "value") || (worse.length > 0 && worse.length === takers.size);
}

/** Certainly worse: its upper bound is below the carrier's lower one, on the signal that removes the carrier. On another signal it must be unfit too. */
function isWorse(theirs: SignalJudgement, own: readonly SignalJudgement[], cause: string | undefined): boolean {
  const ours = own.find(({ signal }) => signal === theirs.signal)?.interval ?? null;
  if (ours === null || theirs.interval === null || theirs.interval.upper >= ours.lower) return false;
  return theirs.signal === cause || theirs.opinion === "unfit";
}
