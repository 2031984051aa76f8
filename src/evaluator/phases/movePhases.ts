import type { Rule } from "../../rules/ruleSet.ts";
import { leftByMetrics } from "../brakes/departures.ts";
import { sharedFate } from "../brakes/sharedFate.ts";
import type { Standing } from "../health/judgeRoute.ts";
import type { BackendReport, RouteSituation } from "../model/backendReport.ts";
import type { BackendState } from "../model/backendState.ts";
import { holdsBaseline } from "../model/holdsBaseline.ts";
import type { Judgement } from "../model/judgement.ts";
import type { Brake } from "../model/reason.ts";
import { nextState } from "./nextPhase.ts";

/**
 * Takes every backend of a route one look further. All look at the same moment: no order of backends matters. Where
 * there is nothing new to report, the `last` reports are handed on.
 */
export function movePhases(
  standings: readonly Standing[],
  judgements: readonly Judgement[],
  situation: RouteSituation,
  rule: Rule,
  last: ReadonlyMap<string, BackendReport> | null,
): ReadonlyMap<string, BackendReport> {
  const nobodyServes = standings.every(isAway);
  const reports: BackendReport[] = [];
  let someoneLeaves = false;
  let isNews = last?.size !== standings.length;
  for (let i = 0; i < standings.length; i++) {
    const standing = standings[i];
    const judgement = judgements[i];
    if (standing === undefined || judgement === undefined) continue;
    const report = move(standing.backend, standing.state, judgement, null, nobodyServes, situation, rule);
    const known = standing.last !== null && isReportedAgain(standing.last, report) ? standing.last : null;
    reports.push(known ?? report);
    isNews ||= known === null;
    someoneLeaves ||= leftByMetrics(report);
  }
  if (last !== null && !isNews) return last;
  const moved = new Map<string, BackendReport>();
  for (const report of reports) moved.set(report.backend, report);
  if (someoneLeaves) {
    const hold = (backend: string, brake: Brake): void => {
      const held = moved.get(backend);
      if (held !== undefined) moved.set(backend, move(backend, held.before, held.judgement, brake, nobodyServes, situation, rule));
    };
    for (const backend of sharedFate(moved, situation, rule)) hold(backend, "sharedFate");
    // A standby that carries nothing takes nothing off the baseline.
    const carries = (backend: string) => (situation.shares.get(backend) ?? 0) > 0;
    for (const [backend, report] of moved) if (situation.mustStay && leftByMetrics(report) && carries(backend)) hold(backend, "maxShifted");
  }
  return moved;
}

function isReportedAgain(last: BackendReport, now: BackendReport): boolean {
  const isQuiet = last.waits.length === 0 && now.waits.length === 0;
  return isQuiet && last.before === now.before && last.state === now.state && last.judgement === now.judgement;
}

function isAway({ state }: Standing): boolean {
  return state.phase === "out" || state.phase === "returning";
}

/** One backend, one look further. */
function move(
  backend: string,
  before: BackendState,
  judgement: Judgement,
  heldBy: Brake | null,
  nobodyServes: boolean,
  situation: RouteSituation,
  rule: Rule,
): BackendReport {
  const { nowMs, sinceLastMs, toleranceMs, desiredIsLive, metricsFrozen } = situation;
  const holdsLoad =
    before.phase === "out" && nobodyServes
      ? (situation.shares.get(backend) ?? 0) > 0
      : (before.phase === "out" || before.phase === "returning") && neverLeft(backend, situation, rule);
  const hasLoad = desiredIsLive || before.phase !== "serving" || before.cause === null || holdsBaseline(backend, situation.splits);
  const look = { nowMs, sinceLastMs, toleranceMs, judgement, desiredIsLive, hasLoad, heldBy, metricsFrozen, holdsLoad };
  const { state, reasons } = nextState(before, look, rule);
  return { backend, before, state, judgement, waits: reasons };
}

/**
 * Whether a backend that is away has had all of its baseline's load for `recoverAfter`: frozen, pinned to it, no
 * write has landed, or it was another replica's to write. To give it a step first would take traffic from one that has proven itself under all of it.
 */
function neverLeft(backend: string, situation: RouteSituation, rule: Rule): boolean {
  const { splits, nowMs, weightsSinceMs, toleranceMs } = situation;
  if (nowMs === weightsSinceMs || nowMs - weightsSinceMs < rule.recoverAfterMs - toleranceMs) return false;
  return holdsBaseline(backend, splits);
}
