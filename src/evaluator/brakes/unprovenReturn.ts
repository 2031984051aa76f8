import type { BackendReport } from "../model/backendReport.ts";
import type { Judgement } from "../model/judgement.ts";
import { sameSharesOf } from "../model/sameShares.ts";
import type { RouteState } from "../model/state.ts";
import type { SplitPlan, SurveyedSplit } from "../model/survey.ts";

/**
 * The backend for whose return metrics once spoke, while the write of it failed, and do not speak now; null where there is
 * none. Whatever kept the write away may have taken the evidence with it: a wish of the past is not written on its memory.
 * Only one that is wished unchanged can be of the past, and nothing waits while one that has left, or is unfit, carries load.
 */
export function unprovenReturn(
  previous: RouteState | undefined,
  splits: readonly SurveyedSplit[],
  plans: readonly SplitPlan[],
  moved: ReadonlyMap<string, BackendReport>,
): string | null {
  if (previous === undefined || !isOfThePast(previous, splits, plans)) return null;
  let unproven: string | null = null;
  for (const { backend, state, judgement } of moved.values()) {
    if ((state.phase === "out" || judgement.verdict === "unfit") && carries(backend, splits)) return null;
    const isBack = state.phase === "returning" || (state.phase === "serving" && state.cause !== null);
    if (isBack && isSilentAbout(state.cause, judgement) && gains(backend, plans)) unproven ??= backend;
  }
  return unproven;
}

/** Whether the wish is the one of the last tick, which was not written over the very weights that stand there still. */
function isOfThePast({ splits: last, trace }: RouteState, splits: readonly SurveyedSplit[], plans: readonly SplitPlan[]): boolean {
  return splits.every(({ split, live }, i) => {
    const then = trace.survey?.splits[i];
    const desiredThen = last[i]?.desired;
    if (then === undefined || desiredThen === undefined || then.split.name !== split.name) return false;
    return sameSharesOf(then.live, live) && sameSharesOf(desiredThen, plans[i]?.state.desired ?? {});
  });
}

function isSilentAbout(cause: string | null, { soft }: Judgement): boolean {
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
