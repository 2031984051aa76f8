/** Shares that differ by less than this are equal. */
export const SHARE_TOLERANCE = 1e-9;

type Weights = Readonly<Record<string, number>>;

/** Whether two sets of weights over the same backends send traffic the same way. */
export function sameSharesOf(a: Weights, b: Weights): boolean {
  if (a === b) return true;
  let sumA = 0;
  let sumB = 0;
  let more = 0;
  for (const key in a) {
    sumA += a[key] ?? 0;
    sumB += of(b, key);
    more += 1;
  }
  if (sumA <= 0 || sumB <= 0) return sumA <= 0 && sumB <= 0;
  for (const _ in b) more -= 1;
  if (more !== 0) return false;
  for (const key in a) if (Math.abs((a[key] ?? 0) / sumA - of(b, key) / sumB) >= SHARE_TOLERANCE) return false;
  return true;
}

/** `hasOwn`, because a Service may be called `constructor`. */
function of(weights: Weights, backend: string): number {
  return Object.hasOwn(weights, backend) ? (weights[backend] ?? 0) : 0;
}
