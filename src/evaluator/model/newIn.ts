import type { Counts } from "./countedBy.ts";

/** What a window held at the tick before, what it holds now, and the time between. */
export interface TwoTicks {
  readonly before: Counts;
  readonly now: Counts;
  readonly windowMs: number;
  readonly apartMs: number;
}

/**
 * The requests that are new. Prometheus tells only what a window holds. Of the failures, those count by which the window has more;
 * good answers are taken to leave it evenly, so that new ones replace them.
 */
export function newIn({ before, now, windowMs, apartMs }: TwoTicks): Counts {
  const failures = Math.max(0, now.total - now.good - (before.total - before.good));
  const stayed = Math.max(0, 1 - apartMs / windowMs) * before.good;
  const good = Math.max(0, now.good - stayed);
  return { good, total: good + failures };
}
