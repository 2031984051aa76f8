export interface CounterSample {
  readonly atMs: number;
  readonly value: number;
}

/** Maximum extrapolation beyond the samples, in average intervals. */
const EXTRAPOLATION_LIMIT = 1.1;

/**
 * PromQL's `increase` over a counter's samples, oldest first, in the window that ends at `nowMs`. Extrapolated to the
 * window's ends as in Prometheus; null with fewer than two samples.
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
  // A counter is never negative, so it is not extrapolated to before its zero.
  if (grown > 0 && first.value >= 0) toStartMs = Math.min(toStartMs, sampledMs * (first.value / grown));
  if (toEndMs >= averageMs * EXTRAPOLATION_LIMIT) toEndMs = averageMs / 2;
  return grown * ((sampledMs + toStartMs + toEndMs) / sampledMs);
}
