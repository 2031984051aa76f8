import { leftByMetrics } from "../brakes/departures.ts";
import { oneClient } from "../brakes/oneClient.ts";
import { sharedFate } from "../brakes/sharedFate.ts";
import type { BackendReport } from "../model/backendReport.ts";
import type { BackendState } from "../model/backendState.ts";
import { holdsBaseline } from "../model/holdsBaseline.ts";
import type { Judgement, SignalJudgement } from "../model/judgement.ts";
import { lastShown } from "../model/lastShown.ts";
import type { Brake, Hold, LoneClient } from "../model/reason.ts";
import type { RouteSituation } from "../model/routeSituation.ts";
import type { Standing } from "../model/standings.ts";
import { type Usual, usual } from "../model/usual.ts";
import { type Exam, examOf } from "./exam.ts";
import { nextPhase } from "./nextPhase.ts";

/**
 * The reports of all backends of a route after this tick; `last` if nothing has changed. Every backend is moved from its state
 * before the tick, so the order does not matter.
 */
export function movePhases(
  standings: readonly Standing[],
  judgements: readonly Judgement[],
  situation: RouteSituation,
  last: ReadonlyMap<string, BackendReport> | null,
): ReadonlyMap<string, BackendReport> {
  const noneServes = standings.every(isAway);
  const reports: BackendReport[] = [];
  let isLeaving = false;
  let hasChanged = last?.size !== standings.length;
  for (let i = 0; i < standings.length; i++) {
    const standing = standings[i];
    const judgement = judgements[i];
    if (standing === undefined || judgement === undefined) continue;
    const { backend, state: before } = standing;
    const exam = examOf(i, standings, judgements, situation);
    const shown = lastShown(standing, judgement, situation);
    const usually = usual(standing, judgement, situation.nowMs);
    const mover = { backend, before, judgement, judgedBefore: standing.last?.judgement ?? null, exam, heldBy: null, noneServes };
    const report = move({ ...mover, lastShown: shown, usual: usually }, situation);
    const known = standing.last !== null && isReportedAgain(standing.last, report) ? standing.last : null;
    reports.push(known ?? report);
    hasChanged ||= known === null;
    isLeaving ||= report.state.phase === "out" && before.phase !== "out";
  }
  if (last !== null && !hasChanged) return last;
  const moved = new Map<string, BackendReport>();
  for (const report of reports) moved.set(report.backend, report);
  if (isLeaving) holdDepartures(moved, standings, noneServes, situation);
  return moved;
}

/** Takes back the departures that a brake holds. */
function holdDepartures(
  moved: Map<string, BackendReport>,
  standings: readonly Standing[],
  noneServes: boolean,
  situation: RouteSituation,
): void {
  const hold = (backend: string, brake: Brake, client?: LoneClient): void => {
    const held = moved.get(backend);
    if (held === undefined) return;
    const heldBy: Hold = { kind: "brake", brake, ...(client === undefined ? {} : { client }) };
    const judgedBefore = standings.find((own) => own.backend === backend)?.last?.judgement ?? null;
    moved.set(backend, move({ ...held, judgedBefore, exam: null, heldBy, noneServes }, situation));
  };
  for (const [backend, client] of oneClient(moved, situation)) hold(backend, "oneClient", client);
  for (const backend of sharedFate(moved, situation)) hold(backend, "sharedFate");
  if (!situation.mustStay) return;
  // A standby without load does not shift the route when it leaves.
  const carries = (backend: string) => (situation.shares.get(backend) ?? 0) > 0;
  for (const [backend, report] of moved) if (leftByMetrics(report) && carries(backend)) hold(backend, "maxShifted");
}

function isReportedAgain(last: BackendReport, now: BackendReport): boolean {
  const isQuiet = last.waits.length === 0 && now.waits.length === 0;
  const isSame = last.before === now.before && last.state === now.state && last.judgement === now.judgement;
  return isQuiet && isSame && last.lastShown === now.lastShown && last.usual === now.usual;
}

function isAway({ state }: Standing): boolean {
  return state.phase === "out" || state.phase === "returning";
}

/** A backend before it is moved. */
interface Mover {
  readonly backend: string;
  readonly before: BackendState;
  readonly judgement: Judgement;
  readonly judgedBefore: Judgement | null;
  readonly lastShown: readonly SignalJudgement[];
  readonly usual: readonly Usual[];
  readonly exam: Exam | null;
  readonly heldBy: Hold | null;
  /** No backend of the route serves. */
  readonly noneServes: boolean;
}

/** The report of one backend after this tick. */
function move({ lastShown, usual, noneServes, ...mover }: Mover, situation: RouteSituation): BackendReport {
  const { backend, before, judgement, judgedBefore, exam, heldBy } = mover;
  const { rule, nowMs, sinceLastMs, toleranceMs, desiredIsLive, metricsFrozen } = situation;
  const holdsLoad =
    before.phase === "out" && noneServes
      ? (situation.shares.get(backend) ?? 0) > 0
      : (before.phase === "out" || before.phase === "returning") && neverLeft(backend, situation);
  const hasLoad =
    desiredIsLive ||
    before.phase !== "serving" ||
    before.cause === null ||
    holdsBaseline(backend, situation.splits, rule.fallback.standbyShare);
  const tick = { nowMs, sinceLastMs, toleranceMs, judgement, judgedBefore, exam, desiredIsLive, hasLoad, heldBy, metricsFrozen, holdsLoad };
  const { state, reasons } = nextPhase(before, tick, rule);
  return { backend, before, state, judgement, lastShown, usual, waits: reasons };
}

/**
 * Whether a backend that is out or returning has had all its load for `recoverAfter`: its route is frozen, pinned or was written by
 * another replica, or no write has succeeded. A step would take traffic away from a backend that is good under all its load.
 */
function neverLeft(backend: string, { rule, splits, nowMs, weightsSinceMs, toleranceMs }: RouteSituation): boolean {
  if (nowMs === weightsSinceMs || nowMs - weightsSinceMs < rule.recoverAfterMs - toleranceMs) return false;
  return holdsBaseline(backend, splits, rule.fallback.standbyShare);
}
