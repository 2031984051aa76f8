import type { BackendReport } from "../model/backendReport.ts";
import type { Judgement } from "../model/judgement.ts";
import { sameSharesOf } from "../model/sameShares.ts";
import type { RouteState } from "../model/state.ts";
import type { SplitPlan, SurveyedSplit } from "../model/survey.ts";

/**
 * The backend whose return was decided but not written, and whose metrics have no reading any more; null: there is none. The
 * failure that stopped the write may have taken the metrics with it, so the return needs new evidence. It waits only if the
 * desired weights are those of the last tick, and not while a backend that is out or unfit carries load.
 */
export function unprovenReturn(
  previous: RouteState | undefined,
  splits: readonly SurveyedSplit[],
  plans: readonly SplitPlan[],
  moved: ReadonlyMap<string, BackendReport>,
): string | null {
  if (previous === undefined || !isStillUnwritten(previous, splits, plans)) return null;
  let unproven: string | null = null;
  for (const { backend, state, judgement } of moved.values()) {
    if ((state.phase === "out" || judgement.verdict === "unfit") && carries(backend, splits)) return null;
    const isBack = state.phase === "returning" || (state.phase === "serving" && state.cause !== null);
    if (isBack && hasNoReading(state.cause, judgement) && gains(backend, plans)) unproven ??= backend;
  }
  return unproven;
}

/** Whether the live and the desired weights are those of the last tick, so that its decision was not written. */
function isStillUnwritten({ splits: last, trace }: RouteState, splits: readonly SurveyedSplit[], plans: readonly SplitPlan[]): boolean {
  return splits.every(({ split, live }, i) => {
    const then = trace.survey?.splits[i];
    const desiredThen = last[i]?.desired;
    if (then === undefined || desiredThen === undefined || then.split.name !== split.name) return false;
    return sameSharesOf(then.live, live) && sameSharesOf(desiredThen, plans[i]?.state.desired ?? {});
  });
}

function hasNoReading(cause: string | null, { soft }: Judgement): boolean {
  return soft.some((own) => own.cause === cause && (own.opinion === "failed" || own.opinion === "missing"));
}

function carries(backend: string, splits: readonly SurveyedSplit[]): boolean {
  return splits.some(({ live }) => (live[backend] ?? 0) > 0);
}

function gains(backend: string, plans: readonly SplitPlan[]): boolean {
  const shareIn = (weights: Readonly<Record<string, number>>) =>
    (weights[backend] ?? 0) /
    Math.max(
      Number.MIN_VALUE,
      Object.values(weights).reduce((sum, weight) => sum + weight, 0),
    );
  return plans.some(({ state: { live, desired } }) => shareIn(desired) > shareIn(live));
}
