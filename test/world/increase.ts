export interface CounterSample {
  readonly atMs: number;
  readonly value: number;
}

/** Extrapolation goes at most this many average intervals beyond the samples. */
const EXTRAPOLATION_LIMIT = 1.1;

/**
 * PromQL's `increase` over a counter's samples, oldest first, in the window that ends at `nowMs`: extrapolated to the
 * window's ends as Prometheus does it, and null where there are fewer than two samples.
 */
export function increase(samples: readonly CounterSample[], nowMs: number, windowMs: number): number | null {
  const inside = samples.filter(({ atMs }) => atMs > nowMs - windowMs && atMs <= nowMs);
  const first = inside[0];
  const last = inside.at(-1);
  if (first === undefined || last === undefined || inside.length < 2) return null;
  let grown = last.value - first.value;
  let before = first.value;
  for (const { value } of inside.slice(1)) {
    if (value < before) grown += before;
    before = value;
  }
  const sampledMs = last.atMs - first.atMs;
  const averageMs = sampledMs / (inside.length - 1);
  let toStartMs = first.atMs - (nowMs - windowMs);
  let toEndMs = nowMs - last.atMs;
  if (toStartMs >= averageMs * EXTRAPOLATION_LIMIT) toStartMs = averageMs / 2;
  // A counter is never below zero, so it cannot have grown from further back than that.
  if (grown > 0 && first.value >= 0) toStartMs = Math.min(toStartMs, sampledMs * (first.value / grown));
  if (toEndMs >= averageMs * EXTRAPOLATION_LIMIT) toEndMs = averageMs / 2;
  return grown * ((sampledMs + toStartMs + toEndMs) / sampledMs);
}
