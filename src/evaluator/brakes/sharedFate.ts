import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";
import { against, isReachable, type Judgement } from "../model/judgement.ts";
import type { RouteSituation } from "../model/routeSituation.ts";
import { SHARE_TOLERANCE } from "../model/sameShares.ts";
import { wilson } from "../model/wilson.ts";
import { worseBy } from "../model/worseBy.ts";
import { candidatesOf } from "../weights/candidate.ts";
import { splitTiers } from "../weights/carriers.ts";
import { type Shares, splitShares } from "../weights/splitShares.ts";

const HALF = 0.5;

/**
 * The backends that must stay although they are unfit, because their load would go to a backend that does significantly worse, or
 * that is unfit itself and does not do better. Relapses are held too, and departures because of readiness if an endpoint is left.
 *
 * All of them are removed first, in thought. If that does not help one of them, the one that does best stays, and the others are
 * checked again: the load of the worst one always goes to a better one.
 */
export function sharedFate(moved: ReadonlyMap<string, BackendReport>, situation: RouteSituation): ReadonlySet<string> {
  const held = new Set<string>();
  const leaving = [...moved.values()].filter(isLeaver).sort((a, b) => upperOf(a) - upperOf(b) || (a.backend < b.backend ? -1 : 1));
  if (leaving.length === 0) return held;
  const now = sharesIn(withStayers(moved, leaving), situation);
  let best: BackendReport | undefined;
  do {
    const stayers = leaving.filter((leaver) => held.has(leaver.backend));
    const then = sharesIn(withStayers(moved, stayers), situation);
    best = leaving.findLast((leaver) => !held.has(leaver.backend) && !helps(leaver, now, then, moved, situation));
    if (best !== undefined) held.add(best.backend);
  } while (best !== undefined);
  return held;
}

/** Whether it is removed at this tick because it is unfit, though it can be reached. */
function isLeaver({ before, state, judgement }: BackendReport): boolean {
  return state.phase === "out" && before.phase !== "out" && judgement.verdict === "unfit" && isReachable(judgement);
}

/** The upper bound of its first unfit metric. */
function upperOf({ judgement }: BackendReport): number {
  return against(judgement.soft)?.interval?.upper ?? 1;
}

function withStayers(moved: ReadonlyMap<string, BackendReport>, stayers: readonly BackendReport[]): ReadonlyMap<string, BackendReport> {
  const all = new Map(moved);
  for (const stayer of stayers) all.set(stayer.backend, { ...stayer, state: stayer.before });
  return all;
}

/** The shares in each split. */
function sharesIn(reports: ReadonlyMap<string, BackendReport>, { rule, splits, tiers, metricsFrozen }: RouteSituation): readonly Shares[] {
  return splits.map((split) => {
    const candidates = candidatesOf(split, reports, metricsFrozen);
    return splitShares(candidates, splitTiers(candidates, tiers, rule.fallback.order), rule);
  });
}

/**
 * Whether no taker of its load is worse than it is, or unfit without being better. Of takers that are worse on too few requests to be
 * judged, or answer none, not all may be: one of several may take its part all the same, and is judged under it.
 */
function helps(
  leaver: BackendReport,
  now: readonly Shares[],
  then: readonly Shares[],
  moved: ReadonlyMap<string, BackendReport>,
  { rule }: RouteSituation,
): boolean {
  const takers = takersOf(leaver.backend, now, then, moved, rule.whenNoneFit);
  const own = leaver.judgement.soft;
  if (takers.some((taker) => taker.judgement.verdict === "unfit" && worseBy(own, taker.judgement.soft) === null)) return false;
  let worse = 0;
  for (const taker of takers) {
    const by = worseBy(taker.judgement.soft, own);
    if (by?.reading.state === "value") return false;
    if (by !== null || isAvoided(taker.judgement)) worse += 1;
  }
  return takers.length === 0 || worse < takers.length;
}

/**
 * Whether it answers significantly less than half of the requests that its weight promises: it is dead behind ready endpoints, and
 * the clients' proxies send them to the other backends. So it takes no load, but while another taker is there, none is lost.
 */
function isAvoided({ soft }: Judgement): boolean {
  for (const { reasons } of soft)
    for (const reason of reasons) if (reason.kind === "lostRequests" && wilson(reason.received, reason.promised).upper < HALF) return true;
  return false;
}

/**
 * The backends whose share grows when a backend leaves. If none would serve then, the load goes only to a better one, unless
 * the rule holds it where most of it is; if it stays, the others count that can be reached and were not out before this tick.
 */
function takersOf(
  leaver: string,
  now: readonly Shares[],
  then: readonly Shares[],
  moved: ReadonlyMap<string, BackendReport>,
  whenNoneFit: Rule["whenNoneFit"],
): readonly BackendReport[] {
  const found = new Set<BackendReport>();
  for (const [i, { shares, heldBy }] of then.entries()) {
    const before = now[i]?.shares;
    const growth = (backend: string) => (shares.get(backend) ?? 0) - (before?.get(backend) ?? 0);
    const isGiven = growth(leaver) < -SHARE_TOLERANCE;
    if ((before?.get(leaver) ?? 0) <= SHARE_TOLERANCE || (heldBy === "noneFit" && isGiven && whenNoneFit === "readiness")) continue;
    for (const taker of moved.values()) {
      const could = before?.has(taker.backend) === true && taker.before.phase !== "out" && isReachable(taker.judgement);
      if (taker.backend !== leaver && (isGiven ? growth(taker.backend) > SHARE_TOLERANCE : could)) found.add(taker);
    }
  }
  return [...found];
}
