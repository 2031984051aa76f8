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
import type { Condition, Hold, Reason } from "../model/reason.ts";
import { advance, pause } from "../model/stopwatch.ts";
import { beginTrial, continueTrial, NO_ANSWERS, type Trial } from "../model/trial.ts";
import { conditionOf, isSoft } from "./conditionOf.ts";
import type { Exam } from "./exam.ts";
import { judgeTrial } from "./judgeTrial.ts";

/** The input of one tick for one backend. */
export interface BackendTick {
  readonly nowMs: number;
  /** Milliseconds since the tick before, limited to a few intervals. */
  readonly sinceLastMs: number;
  /** A wait ends early by this many milliseconds. */
  readonly toleranceMs: number;
  readonly judgement: Judgement;
  /** The requests by which a backend that is out or returning is compared and tried; null: none are counted. */
  readonly exam: Exam | null;
  /** The last desired weights are live. A step counts only from then. */
  readonly desiredIsLive: boolean;
  /** It has its load: the last desired weights are live, or the live ones give it its baseline's share. */
  readonly hasLoad: boolean;
  /** The brake that holds a departure because of metrics although the evidence has lasted. */
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

/** A backend that has served for `forgetAfter` has a clean record. Its service begins when the weights that give its load back are live. */
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

/** Removes a suspect that is unfit at this tick, once the evidence has lasted and no brake holds it. */
function leaveIfLasting(suspect: Suspect, soft: SignalJudgement, tick: BackendTick, rule: Rule): Transition {
  const leftMs = rule.failAfterMs - suspect.evidence.elapsedMs;
  if (leftMs > tick.toleranceMs) return { state: suspect, reasons: [waiting("failAfter", leftMs, 0)] };
  const hold: Hold | null = tick.metricsFrozen ? { kind: "brake", brake: "signalLoss" } : tick.heldBy;
  if (hold !== null) return { state: suspect, reasons: [hold] };
  return leave(suspect, soft.cause, tick, rule);
}

/** Removes a backend. It is a relapse if the backend was out before and has no clean record yet. */
function leave(from: Serving | Suspect | Returning, cause: Cause, tick: BackendTick, rule: Rule, because?: Reason): Transition {
  const relapses = from.cause === null ? 0 : from.relapses + (isCleanlyOver(from, cause, tick, rule) ? 0 : 1);
  const out: Out = { phase: "out", sinceMs: tick.nowMs, relapses, cause, fromStep: from.phase === "returning", good: null };
  const wait = untilGood("bad", recoveryWaitMs(rule, relapses), relapses);
  return { state: out, reasons: [{ kind: "removed", cause }, ...(because === undefined ? [] : [because]), wait] };
}

/**
 * Whether its last absence was over, so that this one is no relapse: hard evidence removed it then and now, as in a rollout, no
 * metric is against it, and it has served for as long as its return takes.
 */
function isCleanlyOver(from: Serving | Suspect | Returning, cause: Cause, { judgement, nowMs }: BackendTick, rule: Rule): boolean {
  if (from.phase === "returning" || from.cause === null || isSoft(from.cause) || isSoft(cause)) return false;
  if (against(judgement.soft) !== null) return false;
  const servedMs = nowMs - (from.phase === "suspect" ? from.servingSinceMs : from.sinceMs);
  return servedMs >= recoveryWaitMs(rule, from.relapses) + rule.return.steps.length * rule.return.everyMs;
}

function fromOut(state: Out, tick: BackendTick, rule: Rule): Transition {
  const removed: Reason = { kind: "removed", cause: state.cause };
  const waitMs = recoveryWaitMs(rule, state.relapses);
  const condition = conditionOf(tick, state.cause, false);
  if (condition === "bad") return { state: { ...state, good: null }, reasons: [removed, untilGood("bad", waitMs, state.relapses)] };
  const good = condition === "good" ? advance(state.good, tick.sinceLastMs) : state.good === null ? null : pause(state.good);
  const leftMs = waitMs - (good?.elapsedMs ?? 0);
  if (good?.running !== true || leftMs > tick.toleranceMs) {
    const wait = untilGood(condition, Math.max(0, leftMs), state.relapses);
    return { state: { ...state, good }, reasons: [removed, ...heldWhileUnknown(tick, state.cause, condition), wait] };
  }
  if (tick.holdsLoad || rule.return.steps.length === 0) return stay(serve(state, tick));
  const returning: Returning = { phase: "returning", sinceMs: tick.nowMs, relapses: state.relapses, cause: state.cause, step: 0, trial: null };
  return { state: returning, reasons: [...removedAt(returning, rule), waiting("step", rule.return.everyMs, state.relapses)] };
}

function fromReturning(before: Returning, tick: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = tick;
  // New rules may have fewer steps. It is then at the last one.
  const state: Returning = { ...before, step: Math.min(before.step, Math.max(0, rule.return.steps.length - 1)) };
  const bad = against(judgement.hard) ?? (tick.metricsFrozen ? null : against(judgement.soft));
  if (bad !== null) return leave(state, bad.cause, tick, rule);
  if (rule.return.steps.length === 0) return stay(serve(state, tick));
  if (!tick.desiredIsLive) return withoutItsWeights(state, tick, rule);
  return onTrial({ ...state, trial: trialOf(state.trial, tick) }, tick, rule);
}

/** A step begins when its weights are seen in the cluster. If another writer changes them later, it goes on when they are back. */
function withoutItsWeights(state: Returning, tick: BackendTick, rule: Rule): Transition {
  // No step was written and it is good under all its load, so a step would only take load away.
  if (tick.holdsLoad && conditionOf(tick, state.cause, false) === "good") return stay(serve(state, tick));
  const sinceMs = state.trial === null ? tick.nowMs : state.sinceMs + tick.sinceLastMs;
  const held: Returning = { ...state, sinceMs };
  return { state: held, reasons: [...removedAt(held, rule), waiting("write", 0, state.relapses)] };
}

function onTrial(state: Returning, tick: BackendTick, rule: Rule): Transition {
  const { exam, nowMs } = tick;
  const { steps, everyMs } = rule.return;
  const lastedMs = nowMs - state.sinceMs;
  const leftMs = everyMs - lastedMs;
  const isTried = exam !== null && state.trial !== null && isTriedNow(exam, tick);
  const condition = conditionOf(tick, state.cause, isTried);
  const wait = waiting("step", Math.max(0, leftMs), state.relapses);
  if (condition !== "good") {
    return { state, reasons: [...removedAt(state, rule), ...heldWhileUnknown(tick, state.cause, condition), wait] };
  }
  const step = { lastedMs: lastedMs + tick.toleranceMs, everyMs, isLast: state.step + 1 >= steps.length };
  const trial = isTried && state.trial !== null ? judgeTrial(state.trial, exam, step) : null;
  if (trial?.result === "failed") return leave(state, exam?.judged.cause ?? state.cause, tick, rule, trial.reason);
  if (leftMs > tick.toleranceMs) return { state, reasons: [...removedAt(state, rule), wait] };
  if (trial?.result === "held") return { state, reasons: [...removedAt(state, rule), trial.reason] };
  if (step.isLast) return stay(serve(state, tick));
  const next: Returning = { ...state, step: state.step + 1, sinceMs: nowMs, trial: null };
  return { state: next, reasons: [...removedAt(next, rule), waiting("step", everyMs, state.relapses)] };
}

/** Whether requests are sent to it, and Prometheus can tell what became of them. */
function isTriedNow({ hasWeight, judged, isMonitoringAway }: Exam, { metricsFrozen }: BackendTick): boolean {
  if (!hasWeight || metricsFrozen) return false;
  return judged.opinion !== "failed" && !(judged.opinion === "missing" && isMonitoringAway);
}

/** The trial with the answers of this tick. A tick without an answer from Prometheus adds nothing. */
function trialOf(trial: Trial | null, { exam, sinceLastMs }: BackendTick): Trial {
  if (trial === null) return beginTrial(exam?.answers ?? NO_ANSWERS);
  if (exam === null || exam.judged.opinion === "failed") return trial;
  return continueTrial(trial, exam.answers, exam.thresholds.windowMs, sinceLastMs);
}

function removedAt(state: Returning, rule: Rule): readonly Reason[] {
  return [{ kind: "removed", cause: state.cause }, stepping(state, rule)];
}

/** The brakes that make the condition of a backend unknown. */
function heldWhileUnknown({ judgement, metricsFrozen }: BackendTick, cause: Cause, condition: Condition): readonly Reason[] {
  if (condition === "good" || condition === "bad") return [];
  if (metricsFrozen && isSoft(cause)) return [{ kind: "brake", brake: "signalLoss" }];
  return judgement.soft.some(({ opinion }) => opinion === "warmUp") ? [{ kind: "brake", brake: "warmUp" }] : [];
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
