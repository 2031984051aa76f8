/**
 * Failures may be counted this long after the traffic has moved: a scrape of 10 s, the 3 s that a proxy queues before it fails
 * fast, and the query. They are attributed to the old carrier.
 */
export const LATE_FAILURES_MS = 15_000;

/** The least scrapes of a window whose counts are exact enough. */
const SCRAPES_IN_WINDOW = 3;

/** Requests may be counted this long after they were sent, if a window holds as many scrapes as it should. */
export function countedWithinMs(windowMs: number): number {
  return Math.max(LATE_FAILURES_MS, windowMs / SCRAPES_IN_WINDOW);
}

export interface WeightsSince {
  readonly atMs: number;
  /** Share of the route's traffic by backend, 0..1, averaged over the splits. */
  readonly shares: ReadonlyMap<string, number>;
  /** The failures that had reached no backend when these weights were first seen; absent: unknown. They are older than these weights. */
  readonly unreached?: number;
}

/** Each backend's share of a route's traffic by its live weights, averaged over the splits. */
export function liveShares(splits: readonly Readonly<Record<string, number>>[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const weights of splits) {
    let sum = 0;
    for (const backend in weights) sum += weights[backend] ?? 0;
    for (const backend in weights) {
      const share = sum > 0 ? (weights[backend] ?? 0) / sum / splits.length : 0;
      shares.set(backend, (shares.get(backend) ?? 0) + share);
    }
  }
  return shares;
}

/** The history with the current shares at its end, and without entries that ended more than `horizonMs` ago. */
export function remember(
  history: readonly WeightsSince[],
  shares: ReadonlyMap<string, number>,
  nowMs: number,
  { horizonMs, unreached = () => undefined }: { readonly horizonMs: number; readonly unreached?: () => number | undefined },
): readonly WeightsSince[] {
  const last = history.at(-1);
  const changed = last === undefined || !(last.shares === shares || sameShares(last.shares, shares));
  const second = history[1];
  const stale = second !== undefined && second.atMs <= nowMs - horizonMs;
  if (!changed && !stale) return history;
  const kept = history.filter((_, i) => (history[i + 1]?.atMs ?? Number.POSITIVE_INFINITY) > nowMs - horizonMs);
  if (!changed) return kept;
  const failures = unreached();
  return [...kept, { atMs: nowMs, shares, ...(failures === undefined ? {} : { unreached: failures }) }];
}

/** A backend got its weight when it got at least this part of what it has now. */
const MOST_OF_WEIGHT = 0.5;

/**
 * The failures that had reached no backend when this one got most of its weight; undefined: it has had that for as long as is remembered, it
 * has none, or they are unknown.
 */
export function unreachedBefore(history: readonly WeightsSince[], backend: string): number | undefined {
  const shareAt = (i: number) => history[i]?.shares.get(backend) ?? 0;
  const most = shareAt(history.length - 1) * MOST_OF_WEIGHT;
  let first = history.length;
  while (first > 0 && shareAt(first - 1) > most) first -= 1;
  return first === 0 ? undefined : history[first]?.unreached;
}

/** The average share of each backend in the `spanMs` before `nowMs`. The first entry also counts for the time before it. */
export function averageShares(history: readonly WeightsSince[], nowMs: number, spanMs: number): ReadonlyMap<string, number> {
  const only = history[0];
  if (history.length === 1 && only !== undefined) return only.shares;
  const average = new Map<string, number>();
  const startMs = nowMs - spanMs;
  for (let i = 0; i < history.length; i++) {
    const entry = history[i];
    if (entry === undefined) continue;
    const fromMs = i === 0 ? startMs : Math.max(startMs, entry.atMs);
    const untilMs = Math.min(nowMs, history[i + 1]?.atMs ?? nowMs);
    const part = spanMs > 0 ? Math.max(0, untilMs - fromMs) / spanMs : 0;
    if (part === 0) continue;
    for (const [backend, share] of entry.shares) average.set(backend, (average.get(backend) ?? 0) + part * share);
  }
  return average;
}

/**
 * The least share of each backend in any window of `spanMs` that ended in the last `lateMs`: counts may be as late as that, and
 * then a backend that has just got its weight has none of it in them.
 */
export function leastShares(history: readonly WeightsSince[], nowMs: number, spanMs: number, lateMs: number): ReadonlyMap<string, number> {
  const only = history[0];
  if (history.length === 1 && only !== undefined) return only.shares;
  // Between these ends the shares change evenly, so the least one is at one of them.
  const ends = [nowMs, nowMs - lateMs, ...history.flatMap(({ atMs }) => [atMs, atMs + spanMs])];
  const least = new Map(averageShares(history, nowMs, spanMs));
  for (const endMs of ends) {
    if (endMs > nowMs || endMs < nowMs - lateMs) continue;
    const shares = averageShares(history, endMs, spanMs);
    for (const [backend, share] of least) least.set(backend, Math.min(share, shares.get(backend) ?? 0));
  }
  return least;
}

/** The least share that a backend has had at any moment since then. */
export function leastShareSince(history: readonly WeightsSince[], backend: string, sinceMs: number): number {
  const held = history.filter((_, i) => (history[i + 1]?.atMs ?? Number.POSITIVE_INFINITY) > sinceMs);
  return Math.min(...held.map(({ shares }) => shares.get(backend) ?? 0));
}

function sameShares(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [backend, share] of a) if (b.get(backend) !== share) return false;
  return true;
}
