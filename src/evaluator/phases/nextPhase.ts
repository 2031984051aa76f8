import type { Cause } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState, Out, Returning, Serving, Suspect } from "../model/backendState.ts";
import { against, type Judgement, type SignalJudgement } from "../model/judgement.ts";
import type { Brake, Looks, Reason } from "../model/reason.ts";
import { advance, pause } from "../model/stopwatch.ts";

/** What one look at one backend brings to the machine. */
export interface BackendTick {
  readonly nowMs: number;
  /** Time since the look before, bounded. */
  readonly sinceLastMs: number;
  /** A wait is over this much early. */
  readonly toleranceMs: number;
  readonly judgement: Judgement;
  /** The last desired weights are live: steps count only from then. */
  readonly desiredIsLive: boolean;
  /** It has its load: the last desired weights are live, or the live ones give it its baseline's share. */
  readonly hasLoad: boolean;
  /** What holds a departure on metrics back, though the evidence has lasted. */
  readonly heldBy: Brake | null;
  /** The monitoring is not believed: what metrics say moves nothing. */
  readonly metricsFrozen: boolean;
  /** It carries its load now, away or not: since no backend of the route serves, or since it never left. */
  readonly holdsLoad: boolean;
}

export interface Transition {
  readonly state: BackendState;
  readonly reasons: readonly Reason[];
}

/**
 * The machine: the only code that changes a backend's phase.
 *
 * Hard evidence (readiness, gateway) acts at one look; metrics must persist for `failAfter`. Out of traffic no metric
 * can tell of recovery, so the way back goes by small shares that are judged on real requests.
 */
export function nextState(state: BackendState, look: BackendTick, rule: Rule): Transition {
  switch (state.phase) {
    case "serving":
      return fromServing(state, look, rule);
    case "suspect":
      return fromSuspect(state, look, rule);
    case "out":
      return fromOut(state, look, rule);
    case "returning":
      return fromReturning(state, look, rule);
  }
}

/** The state of a backend with a clean record. */
export function clean(nowMs: number): Serving {
  return { phase: "serving", sinceMs: nowMs, relapses: 0, cause: null };
}

/** How long a backend must look good before any traffic returns: longer with every relapse, up to `damping.max`. */
export function recoveryWaitMs(rule: Rule, relapses: number): number {
  return Math.max(rule.recoverAfterMs, Math.min(rule.recoverAfterMs * rule.damping.factor ** relapses, rule.damping.maxMs));
}

function fromServing(state: Serving, look: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = look;
  const serving = withoutOldRecord(state, look, rule);
  const hard = against(judgement.hard);
  if (hard !== null) return leave(serving, hard.cause, look, rule);
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
  return convict(suspect, soft, look, rule);
}

/** Who has served for long has a clean record; who was given its load back serves only once that is written. */
function withoutOldRecord(state: Serving, { hasLoad, nowMs }: BackendTick, rule: Rule): Serving {
  if (state.cause === null) return state;
  if (!hasLoad) return { ...state, sinceMs: nowMs };
  return nowMs - state.sinceMs >= rule.damping.forgetAfterMs ? { ...state, relapses: 0, cause: null } : state;
}

function fromSuspect(state: Suspect, look: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = look;
  const hard = against(judgement.hard);
  if (hard !== null) return leave(state, hard.cause, look, rule);
  const soft = against(judgement.soft);
  if (soft !== null) {
    const evidence = advance(state.evidence, look.sinceLastMs);
    return convict({ ...state, suspectedBy: soft.signal, evidence, lastUnfitMs: nowMs }, soft, look, rule);
  }
  const lapsed = nowMs - state.lastUnfitMs > rule.failAfterMs + look.toleranceMs;
  const suspecting = judgement.soft.find(({ signal }) => signal === state.suspectedBy);
  if (suspecting?.opinion === "fit" || lapsed) {
    return stay({ phase: "serving", sinceMs: state.servingSinceMs, relapses: state.relapses, cause: state.cause });
  }
  return stay({ ...state, evidence: pause(state.evidence) });
}

/** A suspect against whom the evidence stands at this look. */
function convict(suspect: Suspect, soft: SignalJudgement, look: BackendTick, rule: Rule): Transition {
  const leftMs = rule.failAfterMs - suspect.evidence.elapsedMs;
  if (leftMs > look.toleranceMs) return { state: suspect, reasons: [waiting("failAfter", leftMs, 0)] };
  const brake = look.metricsFrozen ? "signalLoss" : look.heldBy;
  if (brake !== null) return { state: suspect, reasons: [{ kind: "brake", brake }] };
  return leave(suspect, soft.cause, look, rule);
}

/** Straight out. A backend that was out before and is not forgotten has relapsed. */
function leave(from: Serving | Suspect | Returning, cause: Cause, look: BackendTick, rule: Rule): Transition {
  const relapses = from.cause === null ? 0 : from.relapses + 1;
  const out: Out = { phase: "out", sinceMs: look.nowMs, relapses, cause, fromStep: from.phase === "returning", good: null };
  return { state: out, reasons: [{ kind: "left", cause }, untilGood("bad", recoveryWaitMs(rule, relapses), relapses)] };
}

function fromOut(state: Out, look: BackendTick, rule: Rule): Transition {
  const left: Reason = { kind: "left", cause: state.cause };
  const waitMs = recoveryWaitMs(rule, state.relapses);
  const looks = conditionOf(look, state.cause);
  if (looks === "bad") return { state: { ...state, good: null }, reasons: [left, untilGood("bad", waitMs, state.relapses)] };
  const good = looks === "good" ? advance(state.good, look.sinceLastMs) : state.good === null ? null : pause(state.good);
  const leftMs = waitMs - (good?.elapsedMs ?? 0);
  if (good?.running !== true || leftMs > look.toleranceMs) {
    const wait = untilGood(looks, Math.max(0, leftMs), state.relapses);
    return { state: { ...state, good }, reasons: [left, ...heldWhileSilent(look, state.cause, looks), wait] };
  }
  if (look.holdsLoad || rule.return.steps.length === 0) return stay(serve(state, look));
  const returning: Returning = { phase: "returning", sinceMs: look.nowMs, relapses: state.relapses, cause: state.cause, step: 0 };
  return { state: returning, reasons: [left, stepping(returning, rule), waiting("step", rule.return.everyMs, state.relapses)] };
}

function fromReturning(before: Returning, look: BackendTick, rule: Rule): Transition {
  const { judgement, nowMs } = look;
  // The rules may have got fewer steps meanwhile: then it stands at the last of them, and is judged there.
  const state: Returning = { ...before, step: Math.min(before.step, Math.max(0, rule.return.steps.length - 1)) };
  const left: Reason = { kind: "left", cause: state.cause };
  const bad = against(judgement.hard) ?? (look.metricsFrozen ? null : against(judgement.soft));
  if (bad !== null) return leave(state, bad.cause, look, rule);
  if (rule.return.steps.length === 0) return stay(serve(state, look));
  if (!look.desiredIsLive) {
    // A step that nobody wrote, while it proves itself under all of its load, would take from it what it has.
    if (look.holdsLoad && conditionOf(look, state.cause) === "good") return stay(serve(state, look));
    const held: Returning = { ...state, sinceMs: nowMs };
    return { state: held, reasons: [left, stepping(held, rule), waiting("write", 0, state.relapses)] };
  }
  const leftMs = rule.return.everyMs - (nowMs - state.sinceMs);
  const looks = conditionOf(look, state.cause);
  if (leftMs > look.toleranceMs || looks !== "good") {
    const wait = waiting("step", Math.max(0, leftMs), state.relapses);
    return { state, reasons: [left, stepping(state, rule), ...heldWhileSilent(look, state.cause, looks), wait] };
  }
  if (state.step + 1 >= rule.return.steps.length) return stay(serve(state, look));
  const next: Returning = { ...state, step: state.step + 1, sinceMs: nowMs };
  return { state: next, reasons: [left, stepping(next, rule), waiting("step", rule.return.everyMs, state.relapses)] };
}

/**
 * Whether a backend that is away looks good: one that left on readiness or its gateway returns on the same, even while
 * Prometheus is away; one that left on metrics needs those metrics to be good, or an honest quiet.
 */
function conditionOf({ judgement: { verdict, hard, soft, cluster }, metricsFrozen }: BackendTick, cause: Cause): Looks {
  if (against(hard) !== null) return "bad";
  if (metricsFrozen && isSoft(cause)) return "silent";
  if (verdict === "unfit" && !metricsFrozen) return "bad";
  // A watch that is not to be trusted says nothing of endpoints; a gateway that nobody can see counts only for who left on it.
  if (hard.some(({ signal, opinion }) => signal === "readiness" && opinion === "failed")) return "silent";
  // A gateway that was seen dead once may be dead: nothing returns before the second look.
  if (cluster?.gateway === "dying") return "silent";
  if (soft.some(isBadInWarmUp)) return "silent";
  if (cause === "readiness") return "good";
  if (cause === "gateway") return hard.every((own) => own.cause !== "gateway" || own.opinion === "fit") ? "good" : "silent";
  return soft.every((own) => own.cause !== cause || own.opinion === "fit" || own.opinion === "quiet") ? "good" : "silent";
}

function isSoft(cause: Cause): boolean {
  return cause !== "readiness" && cause !== "gateway";
}

/** The brakes that make what metrics say of a backend that is away count as nothing. */
function heldWhileSilent({ judgement, metricsFrozen }: BackendTick, cause: Cause, looks: Looks): readonly Reason[] {
  if (looks !== "silent") return [];
  if (metricsFrozen && isSoft(cause)) return [{ kind: "brake", brake: "signalLoss" }];
  return judgement.soft.some(({ opinion }) => opinion === "warmUp") ? [{ kind: "brake", brake: "warmUp" }] : [];
}

/** A step that looks bad is not followed by a larger one, however little a restart lets us be sure of. */
function isBadInWarmUp({ opinion, reasons }: SignalJudgement): boolean {
  return opinion === "warmUp" && reasons.some((reason) => reason.kind === "share" && reason.opinion === "unfit");
}

function serve(from: Out | Returning, look: BackendTick): Serving {
  return { phase: "serving", sinceMs: look.nowMs, relapses: from.relapses, cause: from.cause };
}

const NO_REASONS: readonly Reason[] = [];

function stay(state: BackendState): Transition {
  return { state, reasons: NO_REASONS };
}

function stepping(state: Returning, rule: Rule): Reason {
  return { kind: "stepping", step: state.step, steps: rule.return.steps.length, share: rule.return.steps[state.step] ?? 1 };
}

function untilGood(looks: Looks, leftMs: number, relapses: number): Reason {
  return { kind: "waiting", for: "recoverAfter", looks, leftMs, relapses };
}

function waiting(what: "failAfter" | "step" | "write", leftMs: number, relapses: number): Reason {
  return { kind: "waiting", for: what, leftMs, relapses };
}
