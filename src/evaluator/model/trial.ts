import type { Counts } from "./countedBy.ts";

/** What a returning backend answered of the requests that it was promised. */
export interface Answers {
  readonly good: number;
  readonly total: number;
  /** Requests that its weight promised to it; null: unknown. */
  readonly promised: number | null;
  /** The same by the least weight that it had when they may have been sent. */
  readonly leastPromised: number | null;
}

/**
 * The trial of a returning backend: its answers since its step began. Prometheus counts in windows that overlap from tick to tick, so
 * they are added up from whole windows, one after the other, and the part of the last one that is new.
 */
export interface Trial {
  /** In the windows that are over. */
  readonly over: Answers;
  /** What a window held when the last of these was over, or when the step began. */
  readonly before: Answers;
  /** Milliseconds since then. */
  readonly lapsedMs: number;
  /** Milliseconds since the trial began. */
  readonly lastedMs: number;
  /** For how long Prometheus has told nothing of it; null: it has told nothing in this step. */
  readonly silentMs: number | null;
}

export const NO_ANSWERS: Answers = { good: 0, total: 0, promised: null, leastPromised: null };

/**
 * The trial of a step whose weights have just been seen in the cluster. What was answered since the tick before may be of the step
 * before, so it counts only if there are failures in it: they hold a step, and good answers alone must not shorten it.
 */
export function beginTrial(now: Answers, sinceLastTick: Counts | null = null): Trial {
  const fails = sinceLastTick !== null && sinceLastTick.good < sinceLastTick.total;
  const over = { ...(fails ? sinceLastTick : NO_ANSWERS), promised: 0, leastPromised: 0 };
  return { over, before: now, lapsedMs: 0, lastedMs: 0, silentMs: null };
}

/** The trial one tick later, without an answer: nothing is known of this tick. */
export function continueUnseen(trial: Trial, sinceLastMs: number): Trial {
  return trial.silentMs === null ? trial : { ...trial, silentMs: trial.silentMs + sinceLastMs };
}

/** The trial one tick later. */
export function continueTrial(trial: Trial, now: Answers, windowMs: number, sinceLastMs: number): Trial {
  const next = { ...trial, lapsedMs: trial.lapsedMs + sinceLastMs, lastedMs: trial.lastedMs + sinceLastMs, silentMs: 0 };
  return next.lapsedMs < windowMs ? next : { ...next, over: answersOf(next, now, windowMs), before: now, lapsedMs: 0 };
}

/** The answers until now. Requests that the window held before are taken to leave it evenly. */
export function answersOf({ over, before, lapsedMs }: Trial, now: Answers, windowMs: number): Answers {
  const held = Math.max(0, 1 - lapsedMs / windowMs);
  const total = Math.max(0, now.total - held * before.total);
  const good = Math.min(total, Math.max(0, now.good - held * before.good));
  return {
    good: over.good + good,
    total: over.total + total,
    promised: addedTo(over.promised, now.promised, held * (before.promised ?? 0)),
    leastPromised: addedTo(over.leastPromised, now.leastPromised, held * (before.leastPromised ?? 0)),
  };
}

function addedTo(over: number | null, now: number | null, held: number): number | null {
  return now === null ? null : (over ?? 0) + Math.max(0, now - held);
}
