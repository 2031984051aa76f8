import type { Cause } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState, Out, Returning, Serving, Suspect } from "../model/backendState.ts";
import { recoveryWaitMs } from "../model/backendState.ts";
import { against, type Judgement, type SignalJudgement } from "../model/judgement.ts";
import type { Brake, Condition, Reason, UnknownBecause } from "../model/reason.ts";
import { advance, pause } from "../model/stopwatch.ts";

/** What one tick brings to the machine for one backend. */
export interface BackendTick {
  readonly nowMs: number;
  /** Time since the tick before, bounded. */
  readonly sinceLastMs: number;
  /** A wait is over this much early. */
  readonly toleranceMs: number;
  readonly judgement: Judgement;
  /** The last desired weights are live: steps count only from then. */
  readonly desiredIsLive: boolean;
  /** It has its load: the last desired weights are live, or the live ones give it its baseline's share. */
  readonly hasLoad: boolean;
  /** The brake that holds a metric-driven departure though the evidence has lasted. */
  readonly heldBy: Brake | null;
  /** Metrics are not trusted now (`signalLoss`): they move nothing. */
  readonly metricsFrozen: boolean;
  /** It carries its load although it is away: no backend of the route serves, or its weights never changed. */
  readonly holdsLoad: boolean;
}

export interface Transition {
  readonly state: BackendState;
  readonly reasons: readonly Reason[];
}

/**
 * The machine: the only code that changes a backend's phase.
 *
 * Hard evidence (readiness, gateway) acts at one tick; metrics must persist for `failAfter`. A backend without traffic
 * has no metrics, so it returns by small shares that are judged on real requests.
 */
export function nextPhase(state: BackendState, tick: BackendTick, rule: Rule): Transition {
  switch (state.phase) {
    case "serving":
      return fromServing(state, tick, rule);
    case "suspect":
      return fromSuspect(state, tick, rule);
    case "out":
      return fromOut(state, tick, rule);
    case "returning":
      return fromReturning(state, tick, rule);
  }
}

function fromServing(state: Serving, tick: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = tick;
  const serving = withoutOldRecord(state, tick, rule);
  const hard = against(judgement.hard);
  if (hard !== null) return leave(serving, hard.cause, tick, rule);
  const soft = against(judgement.soft);
  if (soft === null) return stay(serving);
  const suspect: Suspect = {
    phase: "suspect",
    sinceMs: nowMs,
    relapses: serving.relapses,
    cause: serving.cause,
    servingSinceMs: serving.sinceMs,
    suspectedBy: soft.signal,
    evidence: advance(null, 0),
    lastUnfitMs: nowMs,
  };
  return leaveIfLasting(suspect, soft, tick, rule);
}

/** A backend that has served for `forgetAfter` has a clean record. One that gets its load back serves only from when that is written. */
function withoutOldRecord(state: Serving, { hasLoad, nowMs }: BackendTick, rule: Rule): Serving {
  if (state.cause === null) return state;
  if (!hasLoad) return { ...state, sinceMs: nowMs };
  return nowMs - state.sinceMs >= rule.damping.forgetAfterMs ? { ...state, relapses: 0, cause: null } : state;
}

function fromSuspect(state: Suspect, tick: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = tick;
  const hard = against(judgement.hard);
  if (hard !== null) return leave(state, hard.cause, tick, rule);
  const soft = against(judgement.soft);
  if (soft !== null) {
    const evidence = advance(state.evidence, tick.sinceLastMs);
    return leaveIfLasting({ ...state, suspectedBy: soft.signal, evidence, lastUnfitMs: nowMs }, soft, tick, rule);
  }
  const lapsed = nowMs - state.lastUnfitMs > rule.failAfterMs + tick.toleranceMs;
  const suspecting = judgement.soft.find(({ signal }) => signal === state.suspectedBy);
  if (suspecting?.opinion === "fit" || lapsed) {
    return stay({ phase: "serving", sinceMs: state.servingSinceMs, relapses: state.relapses, cause: state.cause });
  }
  return stay({ ...state, evidence: pause(state.evidence) });
}

/** A suspect that is unfit at this tick: it is removed once the evidence has lasted and no brake holds it. */
function leaveIfLasting(suspect: Suspect, soft: SignalJudgement, tick: BackendTick, rule: Rule): Transition {
  const leftMs = rule.failAfterMs - suspect.evidence.elapsedMs;
  if (leftMs > tick.toleranceMs) return { state: suspect, reasons: [waiting("failAfter", leftMs, 0)] };
  const brake = tick.metricsFrozen ? "signalLoss" : tick.heldBy;
  if (brake !== null) return { state: suspect, reasons: [{ kind: "brake", brake }] };
  return leave(suspect, soft.cause, tick, rule);
}

/** Straight out. A backend that was out before and is not forgotten has relapsed. */
function leave(from: Serving | Suspect | Returning, cause: Cause, tick: BackendTick, rule: Rule): Transition {
  const relapses = from.cause === null ? 0 : from.relapses + 1;
  const out: Out = { phase: "out", sinceMs: tick.nowMs, relapses, cause, fromStep: from.phase === "returning", good: null };
  return { state: out, reasons: [{ kind: "removed", cause }, untilGood("bad", recoveryWaitMs(rule, relapses), relapses)] };
}

function fromOut(state: Out, tick: BackendTick, rule: Rule): Transition {
  const removed: Reason = { kind: "removed", cause: state.cause };
  const waitMs = recoveryWaitMs(rule, state.relapses);
  const condition = conditionOf(tick, state.cause);
  if (condition === "bad") return { state: { ...state, good: null }, reasons: [removed, untilGood("bad", waitMs, state.relapses)] };
  const good = condition === "good" ? advance(state.good, tick.sinceLastMs) : state.good === null ? null : pause(state.good);
  const leftMs = waitMs - (good?.elapsedMs ?? 0);
  if (good?.running !== true || leftMs > tick.toleranceMs) {
    const wait = untilGood(condition, Math.max(0, leftMs), state.relapses);
    return { state: { ...state, good }, reasons: [removed, ...heldWhileUnknown(tick, state.cause, condition), wait] };
  }
  if (tick.holdsLoad || rule.return.steps.length === 0) return stay(serve(state, tick));
  const returning: Returning = { phase: "returning", sinceMs: tick.nowMs, relapses: state.relapses, cause: state.cause, step: 0 };
  return { state: returning, reasons: [removed, stepping(returning, rule), waiting("step", rule.return.everyMs, state.relapses)] };
}

function fromReturning(before: Returning, tick: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = tick;
  // A reload may have left fewer steps: then it is at the last one.
  const state: Returning = { ...before, step: Math.min(before.step, Math.max(0, rule.return.steps.length - 1)) };
  const removed: Reason = { kind: "removed", cause: state.cause };
  const bad = against(judgement.hard) ?? (tick.metricsFrozen ? null : against(judgement.soft));
  if (bad !== null) return leave(state, bad.cause, tick, rule);
  if (rule.return.steps.length === 0) return stay(serve(state, tick));
  if (!tick.desiredIsLive) {
    // It is good under all of its load, and no step was written. A step would take load away from it.
    if (tick.holdsLoad && conditionOf(tick, state.cause) === "good") return stay(serve(state, tick));
    const held: Returning = { ...state, sinceMs: nowMs };
    return { state: held, reasons: [removed, stepping(held, rule), waiting("write", 0, state.relapses)] };
  }
  const leftMs = rule.return.everyMs - (nowMs - state.sinceMs);
  const condition = conditionOf(tick, state.cause);
  if (leftMs > tick.toleranceMs || condition !== "good") {
    const wait = waiting("step", Math.max(0, leftMs), state.relapses);
    return { state, reasons: [removed, stepping(state, rule), ...heldWhileUnknown(tick, state.cause, condition), wait] };
  }
  if (state.step + 1 >= rule.return.steps.length) return stay(serve(state, tick));
  const next: Returning = { ...state, step: state.step + 1, sinceMs: nowMs };
  return { state: next, reasons: [removed, stepping(next, rule), waiting("step", rule.return.everyMs, state.relapses)] };
}

/**
 * Whether a backend that is away is good. One that was removed because of readiness or its gateway returns on the same,
 * even while Prometheus is away. One that was removed because of a metric needs that metric to be fit, or quiet.
 */
function conditionOf({ judgement: { verdict, hard, soft, cluster }, metricsFrozen }: BackendTick, cause: Cause): Condition {
  if (against(hard) !== null) return "bad";
  if (metricsFrozen && isSoft(cause)) return "signalLoss";
  if (verdict === "unfit" && !metricsFrozen) return "bad";
  // A stale watch says nothing of endpoints. An unknown gateway counts only for a backend that was removed because of its gateway.
  if (hard.some(({ signal, opinion }) => signal === "readiness" && opinion === "failed")) return "staleWatch";
  // A gateway that was seen dead once may be dead: no return before the second tick.
  if (cluster?.gateway === "dying") return "gatewayDeadOnce";
  if (soft.some(isBadInWarmUp)) return "warmUp";
  if (cause === "readiness") return "good";
  if (cause === "gateway") return hard.every((own) => own.cause !== "gateway" || own.opinion === "fit") ? "good" : "gatewayUnknown";
  const silent = soft.find((own) => own.cause === cause && own.opinion !== "fit" && own.opinion !== "quiet");
  return silent === undefined ? "good" : whyUnknown(silent);
}

function whyUnknown({ opinion }: SignalJudgement): UnknownBecause {
  if (opinion === "between" || opinion === "warmUp") return opinion;
  return "noReading";
}

function isSoft(cause: Cause): boolean {
  return cause !== "readiness" && cause !== "gateway";
}

/** The brakes because of which it is unknown whether a backend that is away is good. */
function heldWhileUnknown({ judgement, metricsFrozen }: BackendTick, cause: Cause, condition: Condition): readonly Reason[] {
  if (condition === "good" || condition === "bad") return [];
  if (metricsFrozen && isSoft(cause)) return [{ kind: "brake", brake: "signalLoss" }];
  return judgement.soft.some(({ opinion }) => opinion === "warmUp") ? [{ kind: "brake", brake: "warmUp" }] : [];
}

/** A step with bad readings is not followed by a larger one, though after a restart its window is not complete. */
function isBadInWarmUp({ opinion, reasons }: SignalJudgement): boolean {
  return opinion === "warmUp" && reasons.some((reason) => reason.kind === "share" && reason.opinion === "unfit");
}

function serve(from: Out | Returning, tick: BackendTick): Serving {
  return { phase: "serving", sinceMs: tick.nowMs, relapses: from.relapses, cause: from.cause };
}

const NO_REASONS: readonly Reason[] = [];

function stay(state: BackendState): Transition {
  return { state, reasons: NO_REASONS };
}

function stepping(state: Returning, rule: Rule): Reason {
  return { kind: "stepping", step: state.step, steps: rule.return.steps.length, share: rule.return.steps[state.step] ?? 1 };
}

function untilGood(condition: Condition, leftMs: number, relapses: number): Reason {
  return { kind: "waiting", for: "recoverAfter", condition, leftMs, relapses };
}

function waiting(what: "failAfter" | "step" | "write", leftMs: number, relapses: number): Reason {
  return { kind: "waiting", for: what, leftMs, relapses };
}
