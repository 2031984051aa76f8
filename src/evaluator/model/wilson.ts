/** The 97.5 % quantile of the normal distribution: a two-sided confidence of 95 %. */
const Z = 1.959963984540054;

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The Wilson score interval of `good` out of `total` at 95 % (Wilson 1927, without continuity correction), 0..1 if `total` is 0.
 * Counts need not be whole; `good` is clamped to 0..total.
 */
export function wilson(good: number, total: number): Interval {
  if (!(total > 0)) return { lower: 0, upper: 1 };
  const p = Math.min(1, Math.max(0, good / total));
  const z2 = Z * Z;
  const centre = p + z2 / (2 * total);
  const spread = Z * Math.sqrt((p * (1 - p)) / total + z2 / (4 * total * total));
  const scale = 1 + z2 / total;
  return { lower: Math.max(0, (centre - spread) / scale), upper: Math.min(1, (centre + spread) / scale) };
}
