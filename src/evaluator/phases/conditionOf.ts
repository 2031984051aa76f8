import type { Cause } from "../../routes/route.ts";
import { isSoft } from "../model/isSoft.ts";
import { against, type SignalJudgement } from "../model/judgement.ts";
import type { Condition } from "../model/reason.ts";
import { isWorse, isWorseInWindow } from "./exam.ts";
import type { BackendTick } from "./nextPhase.ts";

/**
 * The condition of a backend that is out or returning. One that was removed because of readiness or its gateway needs only that
 * signal, even without Prometheus, unless there is fresh evidence that it does worse than the backends that carry the load. One that
 * was removed because of a metric needs that metric to be fit or quiet, or between the thresholds and no worse than theirs. Its
 * success rate must be no worse than theirs in any case: fast errors are no recovery. `isTried`: a trial decides instead how well it
 * answers.
 */
export function conditionOf(tick: BackendTick, cause: Cause, isTried: boolean): Condition {
  const { judgement, exam, metricsFrozen } = tick;
  const { verdict, hard, soft, cluster } = judgement;
  if (against(hard) !== null) return "bad";
  if (metricsFrozen && isSoft(cause)) return "signalLoss";
  if (verdict === "unfit" && !metricsFrozen) return "bad";
  // A silent watch makes endpoints unknown. An unknown gateway counts only for a backend that was removed because of its gateway.
  if (hard.some(({ signal, opinion }) => signal === "readiness" && opinion === "failed")) return "staleWatch";
  // A gateway that was dead at one tick may be dead, so nothing returns before the second tick.
  if (cluster?.gateway === "dying") return "gatewayDeadOnce";
  if (soft.some(isBadInWarmUp)) return "warmUp";
  if (cause === "gateway" && hard.some((own) => own.cause === "gateway" && own.opinion !== "fit")) return "gatewayUnknown";
  const bySuccess = exam?.bySuccess;
  if (bySuccess?.judged.opinion === "between" && !metricsFrozen && isWorseInWindow(bySuccess)) return "worse";
  for (const own of soft) {
    if (own.opinion === "fit" || own.opinion === "quiet") continue;
    if (own === exam?.judged && isTried && own.opinion !== "warmUp") continue;
    if (own === exam?.judged && own.opinion === "between" && exam.carriers !== null && !metricsFrozen) {
      if (isWorse(exam.answers, exam)) return "worse";
    } else if (own.cause === cause) {
      return own.opinion === "between" || own.opinion === "warmUp" ? own.opinion : "noReading";
    }
  }
  return "good";
}

/** Whether a signal is unfit but its first window is not complete. No return begins or continues then, even after a restart. */
function isBadInWarmUp({ opinion, reasons }: SignalJudgement): boolean {
  return opinion === "warmUp" && reasons.some((reason) => reason.kind === "share" && reason.opinion === "unfit");
}
