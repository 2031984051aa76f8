import { newIn } from "../model/newIn.ts";
import { beginTrial, continueTrial, continueUnseen, NO_ANSWERS, type Trial } from "../model/trial.ts";
import type { Exam } from "./exam.ts";
import type { BackendTick } from "./nextPhase.ts";
import { twoTicksOf } from "./twoTicksOf.ts";

/** The trial with the answers of this tick. */
export function trialOf(trial: Trial | null, tick: BackendTick): Trial {
  const { exam, sinceLastMs } = tick;
  if (trial === null) return exam === null ? beginTrial(NO_ANSWERS) : begun(exam, tick);
  return exam !== null && isTried(tick)
    ? continueTrial(trial, exam.answers, exam.thresholds.windowMs, sinceLastMs)
    : continueUnseen(trial, sinceLastMs);
}

/** Whether requests are sent to it, and Prometheus can tell what became of them. */
export function isTried({ exam, metricsFrozen }: BackendTick): boolean {
  if (exam === null || exam.share === 0 || metricsFrozen) return false;
  const { judged, isMonitoringAway } = exam;
  return judged.opinion !== "failed" && !(judged.opinion === "missing" && isMonitoringAway);
}

/**
 * A trial at the tick that first sees the step's weights in the cluster. The proxies may have followed them before. Where a window has
 * too few requests to judge, such a failure may be the last answer for a long time, so it must not be lost.
 */
function begun({ answers, judged, thresholds }: Exam, tick: BackendTick): Trial {
  const ticks = answers.total < thresholds.minRequests ? twoTicksOf(judged, thresholds.windowMs, tick) : null;
  return beginTrial(answers, ticks === null ? null : newIn(ticks));
}
