import type { Cause } from "../../routes/route.ts";
import { requestsSent } from "../health/successRates.ts";
import { type Counts, countedBy } from "../model/countedBy.ts";
import { isFarBelow } from "../model/isFarBelow.ts";
import type { Judgement, SignalJudgement } from "../model/judgement.ts";
import type { RouteSituation } from "../model/routeSituation.ts";
import { type ShareThresholds, thresholdsOf } from "../model/shareThresholds.ts";
import type { Standing } from "../model/standings.ts";
import type { Answers } from "../model/trial.ts";
import { usualOf } from "../model/usual.ts";
import { countedWithinMs, leastShareSince } from "../model/weightHistory.ts";
import { wilson } from "../model/wilson.ts";

/** The requests by which a backend that is out or returning is tried, and those of the backends that carry the load meanwhile. */
export interface Exam {
  readonly judged: SignalJudgement;
  readonly thresholds: ShareThresholds;
  /** In one window. */
  readonly answers: Answers;
  /** Its share of the traffic, 0 to 1. Without any it cannot be tried. */
  readonly share: number;
  /** The share of good requests of the backends that carry the load; null: they have too few requests to compare. */
  readonly carriers: Counts | null;
  /** What it usually answered in a window while it served; null: unknown. */
  readonly usual: Counts | null;
  /** All backends that carry the load lack a reading, too, so the cause is the monitoring. */
  readonly isMonitoringAway: boolean;
  /** The same by its success rate, which counts for every return; absent: it is tried by that already, or the signal is off. */
  readonly bySuccess?: Exam;
}

/** A backend that was removed because of something else than a share of requests is tried by the first of these that is on. */
const TRIED_BY = ["successRate", "latency", "unanswered"] as const;

/** The exam of one backend; null: no signal counts its requests. */
export function examOf(
  index: number,
  standings: readonly Standing[],
  judgements: readonly Judgement[],
  situation: RouteSituation,
): Exam | null {
  const judgement = judgements[index];
  const state = standings[index]?.state;
  if (judgement === undefined || (state?.phase !== "out" && state?.phase !== "returning")) return null;
  const judged = triedBy(state.cause, judgement);
  const success = judgement.soft.find(({ signal }) => signal === "successRate");
  const exam = judged === null ? null : examBy(judged, index, standings, judgements, situation);
  if (exam === null || success === undefined || success === judged) return exam;
  const bySuccess = examBy(success, index, standings, judgements, situation);
  return bySuccess === null ? exam : { ...exam, bySuccess };
}

function examBy(
  judged: SignalJudgement,
  index: number,
  standings: readonly Standing[],
  judgements: readonly Judgement[],
  { facts, rule, metrics, nowMs }: RouteSituation,
): Exam | null {
  const standing = standings[index];
  const thresholds = thresholdsOf(rule.signals, judged.signal);
  if (standing === undefined || thresholds === undefined) return null;
  const shares = facts.history.at(-1)?.shares ?? facts.surveyed.shares;
  const share = shares.get(standing.backend) ?? 0;
  const leastShare = leastShareSince(facts.history, standing.backend, nowMs - thresholds.windowMs - countedWithinMs(thresholds.windowMs));
  const others = standings.flatMap(({ backend, state }, i) => {
    const own = judgements[i]?.soft.find(({ signal }) => signal === judged.signal);
    const carries = i !== index && state.phase !== "returning" && (shares.get(backend) ?? 0) > 0;
    return carries && own !== undefined ? [own] : [];
  });
  const { route, alike } = facts.surveyed;
  const sent = alike && !route.hasOtherRules ? requestsSent(facts, metrics, thresholds) : null;
  return {
    judged,
    thresholds,
    answers: {
      ...countedBy(judged),
      promised: sent === null ? null : share * sent,
      leastPromised: sent === null ? null : Math.min(share, leastShare) * sent,
    },
    share,
    carriers: pooled(others, thresholds.minRequests),
    usual: usualOf(standing.last?.usual ?? [], judged.signal, nowMs),
    isMonitoringAway: others.length > 0 && others.every(hasNoReading),
  };
}

/** Whether it does worse than the backends that carry the load, and than usual. */
export function isWorse(answers: Counts, exam: Exam): boolean {
  return exam.carriers !== null && isBelow(answers, exam.carriers) && !isAsUsual(answers, exam);
}

/**
 * Whether in this window it does worse than the backends that carry the load, and than usual. Small steps have too few requests in a
 * window to be certainly as usual, so not to be worse than usual is enough.
 */
export function isWorseInWindow({ answers, carriers, usual }: Exam): boolean {
  return carriers !== null && isBelow(answers, carriers) && (usual === null || isBelow(answers, usual));
}

/** Whether it does significantly better than the backends that carry the load. */
export function isBetter(answers: Counts, { carriers }: Exam): boolean {
  return carriers !== null && isBelow(carriers, answers);
}

/** Whether the backends that carry the load are unfit, too, and do not significantly better, so that to give them its part is no help. */
export function areNoBetter(answers: Counts, { carriers, thresholds }: Exam): boolean {
  if (carriers === null || wilson(carriers.good, carriers.total).upper >= thresholds.failBelow) return false;
  return !isBelow(answers, carriers);
}

/** Whether it does not half as well as the backends that carry the load. */
export function isFarWorse({ good, total }: Counts, { carriers }: Exam): boolean {
  return carriers !== null && isFarBelow(wilson(good, total), wilson(carriers.good, carriers.total));
}

/**
 * Whether it does no worse than it usually did, and is certainly not unfit. So a backend that slowly got worse until it was removed,
 * and then is as bad as it had become, does not return for that.
 */
export function isAsUsual(answers: Counts, { usual, thresholds }: Exam): boolean {
  return usual !== null && !isBelow(answers, usual) && wilson(answers.good, answers.total).lower >= thresholds.failBelow;
}

/** Whether a significantly smaller share of requests is good. */
function isBelow(own: Counts, others: Counts): boolean {
  return wilson(own.good, own.total).upper < wilson(others.good, others.total).lower;
}

function hasNoReading({ opinion }: SignalJudgement): boolean {
  return opinion === "missing" || opinion === "failed";
}

function triedBy(cause: Cause, { soft }: Judgement): SignalJudgement | null {
  const names = TRIED_BY.some((name) => name === cause) ? [cause] : TRIED_BY;
  for (const name of names) for (const own of soft) if (own.signal === name) return own;
  return null;
}

function pooled(others: readonly SignalJudgement[], minRequests: number): Exam["carriers"] {
  const counts = others.map(countedBy);
  const total = counts.reduce((sum, own) => sum + own.total, 0);
  return total < minRequests ? null : { good: counts.reduce((sum, own) => sum + own.good, 0), total };
}
