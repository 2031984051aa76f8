import { type Counts, countedBy } from "./countedBy.ts";
import type { Judgement, SignalJudgement } from "./judgement.ts";
import type { Standing } from "./standings.ts";

/** What a backend usually answers in a window of a signal. */
export interface Usual extends Counts {
  readonly signal: string;
}

/** What lies an hour back counts about a third: an outage that begins changes nothing, the drift of a day does. */
const AVERAGED_OVER_MS = 3_600_000;

/** Of a request. A smaller change is none, so that a backend at rest keeps its report. */
const LEAST_CHANGE = 1e-6;

const NOTHING: readonly Usual[] = [];

/** What a backend usually answers, by signal: a slowly moving average of the time in which it serves and is not unfit. */
export function usual({ state, last }: Standing, { verdict, soft }: Judgement, sinceLastMs: number): readonly Usual[] {
  const before = last?.usual ?? NOTHING;
  if (state.phase !== "serving" || verdict === "unfit") return before;
  const now: Usual[] = [];
  for (const own of soft) {
    const moved = average(usualOf(before, own.signal), own, Math.min(1, sinceLastMs / AVERAGED_OVER_MS));
    if (moved !== null) now.push(moved);
  }
  return now.length === before.length && now.every((own, i) => own === before[i]) ? before : now;
}

/** What a backend usually answers by one signal; null: nothing is known. */
export function usualOf(all: readonly Usual[], signal: string): Usual | null {
  return all.find((own) => own.signal === signal) ?? null;
}

function average(before: Usual | null, own: SignalJudgement, part: number): Usual | null {
  const { good, total } = own.opinion === "fit" || own.opinion === "between" ? countedBy(own) : { good: 0, total: 0 };
  if (total === 0) return before;
  if (before === null) return { signal: own.signal, good, total };
  const moved = {
    signal: own.signal,
    good: before.good + part * (good - before.good),
    total: before.total + part * (total - before.total),
  };
  const isSame = Math.abs(moved.good - before.good) < LEAST_CHANGE && Math.abs(moved.total - before.total) < LEAST_CHANGE;
  return isSame ? before : moved;
}
