/** Shares closer than this are the same share. */
export const SHARE_TOLERANCE = 1e-9;

/** Whether two sets of weights over the same backends send traffic the same way. */
export function sameSharesOf(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  const sumA = keys.reduce((sum, key) => sum + (a[key] ?? 0), 0);
  const sumB = keys.reduce((sum, key) => sum + (b[key] ?? 0), 0);
  if (sumA <= 0 || sumB <= 0) return sumA <= 0 && sumB <= 0;
  const same = (key: string) => Math.abs((a[key] ?? 0) / sumA - (b[key] ?? 0) / sumB) < SHARE_TOLERANCE;
  return keys.length === Object.keys(b).length && keys.every(same);
}
