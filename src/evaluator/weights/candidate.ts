import type { BackendReport } from "../model/backendReport.ts";
import type { BackendState } from "../model/backendState.ts";
import { isSoft } from "../model/isSoft.ts";
import { against, type Doubt, doubtOf, isReachable, type Judgement, type SignalJudgement } from "../model/judgement.ts";
import { hasUnaccounted } from "../model/lastShown.ts";
import type { SurveyedSplit } from "../model/survey.ts";
import type { TierCapacity } from "./spill.ts";

/** One backend of one split, with what decides its share. */
export interface Candidate {
  readonly backend: string;
  readonly baseline: number;
  /** Live weight; the baseline where all live weights of the split are zero. */
  readonly live: number;
  /** We wrote the live weights of the split. */
  readonly isOurs: boolean;
  readonly state: BackendState;
  /** It has a ready endpoint, and its gateway is not dead. It may be unfit all the same. */
  readonly reachable: boolean;
  readonly unfit: boolean;
  /** Metrics are against it now, or removed it. */
  readonly failed: boolean;
  /** Its shares of good requests, to compare it by: under load as they are now, without load as they last were. */
  readonly evidence: readonly SignalJudgement[];
  readonly doubt: Doubt | null;
  /** Its endpoints; null: they cannot be counted. */
  readonly capacity: TierCapacity | null;
}

/** Backends in order of preference. */
export type Tiers = readonly (readonly string[])[];

/** The backends of a split, with what decides their shares. `metricsFrozen`: no comparison by metrics moves traffic now. */
export function candidatesOf(
  { split, live, baseline, isOurs }: SurveyedSplit,
  moved: ReadonlyMap<string, BackendReport>,
  metricsFrozen: boolean,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const { backend } of split.backends) {
    const report = moved.get(backend);
    if (report === undefined) continue;
    const { state, judgement } = report;
    const weight = live[backend] ?? 0;
    candidates.push({
      backend,
      baseline: baseline[backend] ?? 0,
      live: weight,
      isOurs,
      state,
      reachable: isReachable(judgement),
      unfit: judgement.verdict === "unfit",
      failed: against(judgement.soft) !== null || wasRemovedByMetrics(state),
      evidence: metricsFrozen ? [] : evidenceOf(report, weight > 0),
      doubt: doubtOf(judgement),
      capacity: capacityOf(judgement),
    });
  }
  return candidates;
}

function wasRemovedByMetrics(state: BackendState): boolean {
  return state.phase === "out" && isSoft(state.cause);
}

/**
 * What it does under its load now; without load, what it last did. Failures that reached no endpoint say that it did not answer, so
 * its other answers are no proof. Nor is the number of an operator's own query: it has no interval, and it changes with the load.
 */
function evidenceOf({ judgement, lastShown }: BackendReport, hasLoad: boolean): readonly SignalJudgement[] {
  if (hasLoad) return judgement.soft.filter(isShare);
  return lastShown.filter((signal) => isShare(signal) && !hasUnaccounted(signal));
}

function isShare({ reading }: SignalJudgement): boolean {
  return "total" in reading;
}

/** `desired` includes endpoints that are missing, so these reduce the capacity. */
function capacityOf({ endpoints }: Judgement): TierCapacity | null {
  return endpoints === null ? null : { ready: endpoints.ready, desired: endpoints.ready + endpoints.notReady };
}
