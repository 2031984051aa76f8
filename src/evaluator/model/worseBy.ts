import { isFarBelow } from "./isFarBelow.ts";
import type { SignalJudgement } from "./judgement.ts";

/** Gravest first: no answer is worse than a wrong one, and a wrong one is worse than a slow one. Operators' own queries come last. */
const GRAVEST_FIRST: readonly string[] = ["unanswered", "successRate", "latency"];

/**
 * The signal by which one backend does significantly worse than another; null: there is none. It is the gravest one whose
 * intervals do not overlap, and on which the worse of the two is unfit, or not half as good: another difference between two good
 * backends says nothing.
 */
export function worseBy(own: readonly SignalJudgement[], others: readonly SignalJudgement[]): SignalJudgement | null {
  for (const one of own.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    const other = others.find(({ signal }) => signal === one.signal);
    if (other === undefined || one.interval === null || other.interval === null) continue;
    // What lies below an unfit interval is unfit, even on too few requests to be judged alone.
    const isFar = isFarBelow(one.interval, other.interval) || isFarBelow(other.interval, one.interval);
    if (one.opinion !== "unfit" && other.opinion !== "unfit" && !isFar) continue;
    if (one.interval.upper < other.interval.lower) return one;
    if (other.interval.upper < one.interval.lower) return null;
  }
  return null;
}

function rankOf({ signal }: SignalJudgement): number {
  const rank = GRAVEST_FIRST.indexOf(signal);
  return rank < 0 ? GRAVEST_FIRST.length : rank;
}
