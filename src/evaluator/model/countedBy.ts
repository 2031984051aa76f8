import type { SignalJudgement } from "./judgement.ts";

/** Requests that a signal counted in its window, and those of them that were good. */
export interface Counts {
  readonly good: number;
  readonly total: number;
}

const NOTHING: Counts = { good: 0, total: 0 };

/** What a signal counted; nothing if it does not judge a share of requests. */
export function countedBy({ reasons }: SignalJudgement): Counts {
  for (const reason of reasons) if (reason.kind === "share") return { good: reason.good, total: reason.total };
  return NOTHING;
}
