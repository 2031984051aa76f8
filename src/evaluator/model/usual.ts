import type { Counts } from "./countedBy.ts";
import type { Judgement, SignalJudgement } from "./judgement.ts";
import type { Standing } from "./standings.ts";

/**
 * What a backend usually answers in a window of a signal: a slowly moving average. It is kept as the average at one moment and what
 * it has moved towards since then, so that it is the same however many ticks there are meanwhile.
 */
export interface Usual extends Counts {
  readonly signal: string;
  /** When it was `good` of `total`. */
  readonly atMs: number;
  /** What is counted since then; null: nothing that counts. */
  readonly towards: Counts | null;
}

/** What lies an hour back counts about a third: an outage that begins changes nothing, the drift of a day does. */
const AVERAGED_OVER_MS = 3_600_000;

const NOTHING: readonly Usual[] = [];

/** What a backend usually answers, by signal: averaged over the time in which it serves and is not unfit. */
export function usual({ state, last }: Standing, { verdict, soft }: Judgement, nowMs: number): readonly Usual[] {
  const before = last?.usual ?? NOTHING;
  const isServing = state.phase === "serving" && verdict !== "unfit";
  const now: Usual[] = [];
  if (!isServing) for (const known of before) now.push(turned(known, null, nowMs));
  else {
    for (const own of soft) {
      const known = ofSignal(before, own.signal);
      const counts = counted(own);
      if (known !== undefined) now.push(turned(known, counts, nowMs));
      else if (counts !== null) now.push({ signal: own.signal, good: counts.good, total: counts.total, atMs: nowMs, towards: counts });
    }
  }
  if (now.length !== before.length) return now;
  for (let i = 0; i < now.length; i++) if (now[i] !== before[i]) return now;
  return before;
}

/** What a backend usually answers by one signal now; null: nothing is known. */
export function usualOf(all: readonly Usual[], signal: string, nowMs: number): Counts | null {
  const own = ofSignal(all, signal);
  return own === undefined ? null : averageAt(own, nowMs);
}

function ofSignal(all: readonly Usual[], signal: string): Usual | undefined {
  for (const own of all) if (own.signal === signal) return own;
  return undefined;
}

/** What a signal counted; null: nothing, or no opinion follows from it. */
function counted({ opinion, reasons }: SignalJudgement): Counts | null {
  if (opinion !== "fit" && opinion !== "between") return null;
  for (const reason of reasons) if (reason.kind === "share") return reason.total > 0 ? reason : null;
  return null;
}

/** The same average, which moves towards other counts from now on. */
function turned(own: Usual, towards: Counts | null, nowMs: number): Usual {
  const before = own.towards;
  if (before === towards || (before?.good === towards?.good && before?.total === towards?.total)) return own;
  if (before === null) return { signal: own.signal, good: own.good, total: own.total, atMs: nowMs, towards };
  const left = leftAt(own, nowMs);
  const good = before.good + left * (own.good - before.good);
  const total = before.total + left * (own.total - before.total);
  return { signal: own.signal, good, total, atMs: nowMs, towards };
}

function averageAt(own: Usual, nowMs: number): Counts {
  const { good, total, towards } = own;
  if (towards === null) return { good, total };
  const left = leftAt(own, nowMs);
  return { good: towards.good + left * (good - towards.good), total: towards.total + left * (total - towards.total) };
}

/** The part of what was usual at `atMs` that still counts. */
function leftAt({ atMs }: Usual, nowMs: number): number {
  return Math.exp(-Math.max(0, nowMs - atMs) / AVERAGED_OVER_MS);
}
