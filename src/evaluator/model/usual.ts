import { type Counts, countedBy } from "./countedBy.ts";
import type { Judgement, SignalJudgement } from "./judgement.ts";
import type { Standing } from "./standings.ts";

/**
 * What a backend usually answers in a window of a signal: a slowly moving average. It is kept as the average at one moment and what
 * it has moved towards since then, so that it is the same however many ticks look at it meanwhile.
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
  if (state.phase !== "serving" || verdict === "unfit") return sameOr(
    before,
    before.map((own) => turned(own, null, nowMs)),
  );
  const now: Usual[] = [];
  for (const own of soft) {
    const known = before.find(({ signal }) => signal === own.signal);
    const counts = counted(own);
    if (known !== undefined) now.push(turned(known, counts, nowMs));
    else if (counts !== null) now.push({ signal: own.signal, ...counts, atMs: nowMs, towards: counts });
  }
  return sameOr(before, now);
}

/** What a backend usually answers by one signal now; null: nothing is known. */
export function usualOf(all: readonly Usual[], signal: string, nowMs: number): Counts | null {
  const own = all.find((one) => one.signal === signal);
  return own === undefined ? null : averageAt(own, nowMs);
}

/** What a signal counted; null: nothing, or no opinion follows from it. */
function counted(own: SignalJudgement): Counts | null {
  const counts = own.opinion === "fit" || own.opinion === "between" ? countedBy(own) : null;
  return counts === null || counts.total === 0 ? null : counts;
}

/** The same average, which moves towards other counts from now on. */
function turned(own: Usual, towards: Counts | null, nowMs: number): Usual {
  if (own.towards?.good === towards?.good && own.towards?.total === towards?.total) return own;
  return { signal: own.signal, ...averageAt(own, nowMs), atMs: nowMs, towards };
}

function averageAt({ good, total, atMs, towards }: Usual, nowMs: number): Counts {
  if (towards === null) return { good, total };
  const left = Math.exp(-Math.max(0, nowMs - atMs) / AVERAGED_OVER_MS);
  return { good: towards.good + left * (good - towards.good), total: towards.total + left * (total - towards.total) };
}

function sameOr(before: readonly Usual[], now: readonly Usual[]): readonly Usual[] {
  return now.length === before.length && now.every((own, i) => own === before[i]) ? before : now;
}
