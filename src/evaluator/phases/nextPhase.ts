/**
 * evaluator/phases/ — moves backends from phase to phase.
 *
 * The only room that changes a phase. It must never compute a weight, and never move a backend because something is unknown.
 */
import type { Cause } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState, Out, Returning, Serving, Suspect } from "../model/backendState.ts";
import { recoveryWaitMs } from "../model/backendState.ts";
import { against, type Judgement, type SignalJudgement } from "../model/judgement.ts";
import type { Condition, Hold, Reason, UnknownBecause } from "../model/reason.ts";
import { advance, pause } from "../model/stopwatch.ts";

/** The input of one tick for one backend. */
export interface BackendTick {
  readonly nowMs: number;
  /** Milliseconds since the tick before, limited to a few intervals. */
  readonly sinceLastMs: number;
  /** A wait ends early by this many milliseconds. */
  readonly toleranceMs: number;
  readonly judgement: Judgement;
  /** The last desired weights are live. A step counts only from then. */
  readonly desiredIsLive: boolean;
  /** It has its load: the last desired weights are live, or the live ones give it its baseline's share. */
  readonly hasLoad: boolean;
  /** The brake that holds a departure, although hard evidence is there, or metrics have lasted. */
  readonly heldBy: Hold | null;
  /** Metrics are not trusted now (`signalLoss`): they move nothing. */
  readonly metricsFrozen: boolean;
  /** It carries its load although it is out or returning: no backend serves, or its weights never changed. */
  readonly holdsLoad: boolean;
}

export interface Transition {
  readonly state: BackendState;
  readonly reasons: readonly Reason[];
}

/**
 * The state of a backend after this tick. This is the only code that changes a phase.
 *
 * Hard evidence (readiness, gateway) acts at one tick; metrics must last for `failAfter`. A backend without traffic has no
 * metrics, so it returns by small shares that are judged on real requests.
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
  if (hard !== null) return tick.heldBy === null ? leave(serving, hard.cause, tick, rule) : { state: serving, reasons: [tick.heldBy] };
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

/** A backend that has served for `forgetAfter` has a clean record. Its service begins when the weights that give its load back are live. */
function withoutOldRecord(state: Serving, { hasLoad, nowMs }: BackendTick, rule: Rule): Serving {
  if (state.cause === null) return state;
  if (!hasLoad) return { ...state, sinceMs: nowMs };
  return nowMs - state.sinceMs >= rule.damping.forgetAfterMs ? { ...state, relapses: 0, cause: null } : state;
}

function fromSuspect(state: Suspect, tick: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = tick;
  const hard = against(judgement.hard);
  if (hard !== null) return tick.heldBy === null ? leave(state, hard.cause, tick, rule) : { state, reasons: [tick.heldBy] };
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

/** Removes a suspect that is unfit at this tick, once the evidence has lasted and no brake holds it. */
function leaveIfLasting(suspect: Suspect, soft: SignalJudgement, tick: BackendTick, rule: Rule): Transition {
  const leftMs = rule.failAfterMs - suspect.evidence.elapsedMs;
  if (leftMs > tick.toleranceMs) return { state: suspect, reasons: [waiting("failAfter", leftMs, 0)] };
  const hold: Hold | null = tick.metricsFrozen ? { kind: "brake", brake: "signalLoss" } : tick.heldBy;
  if (hold !== null) return { state: suspect, reasons: [hold] };
  return leave(suspect, soft.cause, tick, rule);
}

/** Removes a backend. It is a relapse if the backend was out before and has no clean record yet. */
function leave(from: Serving | Suspect | Returning, cause: Cause, tick: BackendTick, rule: Rule): Transition {
  const relapses = from.cause === null ? 0 : from.relapses + 1;
  const out: Out = { phase: "out", sinceMs: tick.nowMs, relapses, cause, fromStep: from.phase === "returning", good: null };
  return { state: out, reasons: [{ kind: "removed", cause }, untilGood("bad", recoveryWaitMs(rule, relapses), relapses)] };
}

function fromOut(state: Out, tick: BackendTick, rule: Rule): Transition {
  const removed: Reason = { kind: "removed", cause: state.cause };
  // With the load on it, it need not be tried.
  const waitMs = tick.holdsLoad ? rule.recoverAfterMs : recoveryWaitMs(rule, state.relapses);
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
  // New rules may have fewer steps. It is then at the last one.
  const state: Returning = { ...before, step: Math.min(before.step, Math.max(0, rule.return.steps.length - 1)) };
  const removed: Reason = { kind: "removed", cause: state.cause };
  const bad = against(judgement.hard) ?? (tick.metricsFrozen ? null : against(judgement.soft));
  if (bad !== null) {
    if (tick.heldBy === null) return leave(state, bad.cause, tick, rule);
    return { state, reasons: [removed, stepping(state, rule), tick.heldBy] };
  }
  if (rule.return.steps.length === 0) return stay(serve(state, tick));
  if (!tick.desiredIsLive) {
    // No step was written and it is good under all its load, so a step would only take load away.
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
 * The condition of a backend that is out or returning. One that was removed because of readiness or its gateway needs only that
 * signal, even without Prometheus. One that was removed because of a metric needs that metric to be fit or quiet.
 */
function conditionOf({ judgement: { verdict, hard, soft, cluster }, metricsFrozen }: BackendTick, cause: Cause): Condition {
  if (against(hard) !== null) return "bad";
  if (metricsFrozen && isSoft(cause)) return "signalLoss";
  if (verdict === "unfit" && !metricsFrozen) return "bad";
  // A silent watch makes endpoints unknown. An unknown gateway counts only for a backend that was removed because of its gateway.
  if (hard.some(({ signal, opinion }) => signal === "readiness" && opinion === "failed")) return "staleWatch";
  // A gateway that was dead at one tick may be dead, so nothing returns before the second tick.
  if (cluster?.gateway === "dying") return "gatewayDeadOnce";
  if (soft.some(isBadInWarmUp)) return "warmUp";
  if (cause === "readiness") return "good";
  if (cause === "gateway") return hard.every((own) => own.cause !== "gateway" || own.opinion === "fit") ? "good" : "gatewayUnknown";
  const unknown = soft.find((own) => own.cause === cause && own.opinion !== "fit" && own.opinion !== "quiet");
  return unknown === undefined ? "good" : whyUnknown(unknown);
}

function whyUnknown({ opinion }: SignalJudgement): UnknownBecause {
  if (opinion === "between" || opinion === "warmUp") return opinion;
  return "noReading";
}

function isSoft(cause: Cause): boolean {
  return cause !== "readiness" && cause !== "gateway";
}

/** The brakes that make the condition of a backend unknown. */
function heldWhileUnknown({ judgement, metricsFrozen }: BackendTick, cause: Cause, condition: Condition): readonly Reason[] {
  if (condition === "good" || condition === "bad") return [];
  if (metricsFrozen && isSoft(cause)) return [{ kind: "brake", brake: "signalLoss" }];
  return judgement.soft.some(({ opinion }) => opinion === "warmUp") ? [{ kind: "brake", brake: "warmUp" }] : [];
}

/** Whether a signal is unfit but its first window is not complete. No return begins or continues then, even after a restart. */
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
