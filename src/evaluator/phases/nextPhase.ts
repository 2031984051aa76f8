/**
 * evaluator/phases/ — moves backends from phase to phase.
 *
 * The only room that changes a phase. It must never compute a weight, and never move a backend because something is unknown.
 */
import type { Cause } from "../../routes/route.ts";
import { failAfterOf } from "../../rules/failAfter.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState, Out, Returning, Serving, Suspect } from "../model/backendState.ts";
import { recoveryWaitMs } from "../model/backendState.ts";
import { SURE } from "../model/beyondDoubt.ts";
import { isSoft } from "../model/isSoft.ts";
import { against, type Judgement, type SignalJudgement } from "../model/judgement.ts";
import type { Condition, Hold, Reason } from "../model/reason.ts";
import { advance, pause } from "../model/stopwatch.ts";
import type { Trial } from "../model/trial.ts";
import { conditionOf } from "./conditionOf.ts";
import type { Exam } from "./exam.ts";
import { judgeTrial } from "./judgeTrial.ts";
import { withSureness } from "./sureness.ts";
import { isTried, trialOf } from "./trialOf.ts";

/** Requests may come in bursts. While there are none, a suspicion by the last burst stays for so long. */
const LONGEST_BETWEEN_BURSTS_MS = 300_000;

/** The input of one tick for one backend. */
export interface BackendTick {
  readonly nowMs: number;
  /** Milliseconds since the tick before, limited to a few intervals. */
  readonly sinceLastMs: number;
  /** A wait ends early by this many milliseconds. */
  readonly toleranceMs: number;
  readonly judgement: Judgement;
  /** That of the tick before; absent or null: there was none. */
  readonly judgedBefore?: Judgement | null;
  /** The requests by which a backend that is out or returning is compared and tried; null: none are counted. */
  readonly exam: Exam | null;
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
 * Metrics must last for `failAfter`; hard evidence (readiness, gateway) acts at one tick unless it has a `failAfter` of its own. A backend without traffic has no
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
  const { nowMs } = tick;
  const serving = withoutOldRecord(state, tick, rule);
  const unfit = unfitSignals(tick.judgement);
  if (unfit.length === 0) return stay(serving);
  const suspect: Suspect = {
    phase: "suspect",
    sinceMs: nowMs,
    relapses: serving.relapses,
    cause: serving.cause,
    servingSinceMs: serving.sinceMs,
    suspectedBy: suspectedBy(unfit),
    evidence: new Map(unfit.map(({ signal }) => [signal, advance(null, 0)])),
    lastUnfitMs: nowMs,
  };
  return leaveIfLasting(withSureness(suspect, unfit, tick, rule), unfit, tick, rule);
}

/** A backend that has served for `forgetAfter` has a clean record. Its service begins when the weights that give its load back are live. */
function withoutOldRecord(state: Serving, { hasLoad, nowMs }: BackendTick, rule: Rule): Serving {
  if (state.cause === null) return state;
  if (!hasLoad) return { ...state, sinceMs: nowMs };
  return nowMs - state.sinceMs >= rule.damping.forgetAfterMs ? { ...state, relapses: 0, cause: null } : state;
}

function fromSuspect(state: Suspect, tick: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs, sinceLastMs } = tick;
  const unfit = unfitSignals(judgement);
  const silent = silentSignals(judgement);
  const evidence = new Map([...state.evidence].map(([signal, watch]) => [signal, silent.has(signal) ? watch : pause(watch)]));
  for (const { signal, opinion } of [...judgement.hard, ...judgement.soft]) if (opinion === "fit") evidence.delete(signal);
  for (const { signal } of unfit) evidence.set(signal, advance(state.evidence.get(signal) ?? null, sinceLastMs));
  if (unfit.length > 0) {
    const suspect = withSureness({ ...state, suspectedBy: suspectedBy(unfit), evidence, lastUnfitMs: nowMs }, unfit, tick, rule);
    return leaveIfLasting(suspect, unfit, tick, rule);
  }
  const lastsMs = Math.max(failAfterOf(rule, state.suspectedBy), silent.has(state.suspectedBy) ? LONGEST_BETWEEN_BURSTS_MS : 0);
  const lapsed = nowMs - state.lastUnfitMs > lastsMs + tick.toleranceMs;
  if (!evidence.has(state.suspectedBy) || lapsed) {
    return stay({ phase: "serving", sinceMs: state.servingSinceMs, relapses: state.relapses, cause: state.cause });
  }
  return stay({ ...state, evidence });
}

/** The signals by which no request is counted at this tick. So nothing speaks for or against the backend. */
function silentSignals({ soft }: Judgement): ReadonlySet<string> {
  const silent = soft.filter(({ opinion, reading }) => opinion === "quiet" && "total" in reading && reading.total === 0);
  return new Set(silent.map(({ signal }) => signal));
}

/** The signals that are unfit at this tick, hard evidence first. */
function unfitSignals({ hard, soft }: Judgement): readonly SignalJudgement[] {
  if (against(hard) === null && against(soft) === null) return NO_SIGNALS;
  return [...hard, ...soft].filter(({ opinion }) => opinion === "unfit");
}

const NO_SIGNALS: readonly SignalJudgement[] = [];

/** The signal that is named as the reason of a suspicion: the first metric, because hard evidence seldom waits. */
function suspectedBy(unfit: readonly SignalJudgement[]): string {
  return (unfit.find(({ cause }) => isSoft(cause)) ?? unfit[0])?.signal ?? "";
}

/** Removes a suspect once the evidence of one signal that is unfit at this tick has lasted and no brake holds it. */
function leaveIfLasting(suspect: Suspect, unfit: readonly SignalJudgement[], tick: BackendTick, rule: Rule): Transition {
  const leftMs = ({ signal }: SignalJudgement) => failAfterOf(rule, signal) - (suspect.evidence.get(signal)?.elapsedMs ?? 0);
  const isSure = ({ signal }: SignalJudgement) => (suspect.sureness?.get(signal) ?? 0) >= SURE;
  const due = unfit.find((own) => leftMs(own) <= tick.toleranceMs) ?? unfit.find(isSure);
  if (due === undefined) return { state: suspect, reasons: [waiting("failAfter", Math.min(...unfit.map(leftMs)), 0)] };
  const hold: Hold | null = tick.metricsFrozen && isSoft(due.cause) ? { kind: "brake", brake: "signalLoss" } : tick.heldBy;
  if (hold !== null) return { state: suspect, reasons: [hold] };
  const restMs = leftMs(due);
  return leave(
    suspect,
    due.cause,
    tick,
    rule,
    restMs > tick.toleranceMs ? { kind: "sure", signal: due.signal, leftMs: restMs } : undefined,
  );
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
  // With the load on it, it need not be tried.
  const dampedMs = tick.holdsLoad ? rule.recoverAfterMs : recoveryWaitMs(rule, state.relapses);
  const condition = conditionOf(tick, state.cause, false);
  if (condition === "bad")
    return { state: { ...state, good: null, waitedMs: 0 }, reasons: [removed, untilGood("bad", dampedMs, state.relapses)] };
  const waitMs = Math.max(rule.recoverAfterMs, dampedMs - (state.waitedMs ?? 0));
  const good = condition === "good" ? advance(state.good, tick.sinceLastMs) : state.good === null ? null : pause(state.good);
  const leftMs = waitMs - (good?.elapsedMs ?? 0);
  if (good?.running !== true || leftMs > tick.toleranceMs) {
    const wait = untilGood(condition, Math.max(0, leftMs), state.relapses);
    return { state: { ...state, good }, reasons: [removed, ...heldWhileUnknown(tick, state.cause, condition), wait] };
  }
  if (tick.holdsLoad || rule.return.steps.length === 0) return stay(serve(state, tick));
  const returning: Returning = {
    phase: "returning",
    sinceMs: tick.nowMs,
    relapses: state.relapses,
    cause: state.cause,
    step: 0,
    trial: null,
  };
  return { state: returning, reasons: [...removedAt(returning, rule), waiting("step", rule.return.everyMs, state.relapses)] };
}

function fromReturning(before: Returning, tick: BackendTick, rule: Rule): Transition {
  const { judgement } = tick;
  // New rules may have fewer steps. It is then at the last one.
  const state: Returning = { ...before, step: Math.min(before.step, Math.max(0, rule.return.steps.length - 1)) };
  const bad = against(judgement.hard) ?? (tick.metricsFrozen ? null : against(judgement.soft));
  if (tick.heldBy !== null) return { state, reasons: [...removedAt(state, rule), tick.heldBy] };
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

function onTrial(state: Returning & { readonly trial: Trial }, tick: BackendTick, rule: Rule): Transition {
  const { exam, nowMs, toleranceMs } = tick;
  const { steps, everyMs } = rule.return;
  const lastedMs = nowMs - state.sinceMs;
  const leftMs = everyMs - lastedMs;
  const condition = conditionOf(tick, state.cause, isTried(tick));
  const wait = waiting("step", Math.max(0, leftMs), state.relapses);
  if (condition !== "good") {
    return { state, reasons: [...removedAt(state, rule), ...heldWhileUnknown(tick, state.cause, condition), wait] };
  }
  const step = { lastedMs: lastedMs + toleranceMs, everyMs, isLast: state.step + 1 >= steps.length, isSmall: isSmall(state, exam, steps) };
  const trial = exam !== null && isTried(tick) ? judgeTrial(state.trial, exam, step) : null;
  if (trial?.result === "failed") return leave(state, exam?.judged.cause ?? state.cause, tick, rule, trial.reason);
  // A short silence does not end a trial. A long one does, for what was removed without Prometheus returns without it.
  const isSilent = trial === null && state.trial.silentMs !== null && state.trial.silentMs < everyMs - toleranceMs;
  if (leftMs > toleranceMs || isSilent) return { state, reasons: [...removedAt(state, rule), wait] };
  if (trial?.result === "held") return { state, reasons: [...removedAt(state, rule), trial.reason] };
  if (step.isLast) return stay(serve(state, tick));
  const next: Returning = { ...state, step: state.step + 1, sinceMs: nowMs, trial: null };
  return { state: next, reasons: [...removedAt(next, rule), waiting("step", everyMs, state.relapses)] };
}

/** Whether all of its load is no more than a first step of all the traffic: it may then return before it has had a request. */
function isSmall({ step }: Returning, exam: Exam | null, steps: readonly number[]): boolean {
  const [first = 1] = steps;
  return exam !== null && exam.share <= first * (steps[step] ?? 1);
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
