/** A baseline whose sum is at least this keeps its sum, because shares of 1 % are whole weights in it. */
const SMALLEST_SUM = 100;

/** The largest sum that we write: Linkerd multiplies TrafficSplit weights by 10 000 in 32 bits. */
export const LARGEST_SUM = 100_000;

/** A smaller share is what floating point leaves of none. */
const NO_SHARE = 1e-9;

/** Finer sums, for a share that would be less than a weight of 1 and might be rounded away. */
const FINER_SUMS = [1_000, 10_000] as const;

/**
 * Integer weights for `shares` (>= 0, adding up to 1) by the largest remainder. Never all zero. They add up to the
 * baseline's sum, rounded up, where that is 100 to 100 000; to 100 000 above, to 100 below; and to 1 000 or 10 000
 * where a smaller sum would make less than 1 of a share. Ties go to the backend that comes first.
 */
export function integerWeights(shares: readonly number[], baselineSum: number): readonly number[] {
  const sum = weightSum(shares, baselineSum);
  const exact = shares.map((share) => share * sum);
  // 1e-9: floating point may put a share slightly below its whole weight.
  const weights = exact.map((weight) => Math.floor(weight + 1e-9));
  let left = sum - weights.reduce((total, weight) => total + weight, 0);
  const byRemainder = exact.map((weight, index) => ({ index, remainder: weight - (weights[index] ?? 0) }));
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left <= 0) break;
    weights[index] = (weights[index] ?? 0) + 1;
    left -= 1;
  }
  return weights;
}

function weightSum(shares: readonly number[], baselineSum: number): number {
  // 1e-9: in floating point 33.3 + 33.3 + 33.4 is slightly more than 100.
  const rounded = Math.ceil(baselineSum - 1e-9);
  const own = Math.min(Math.max(rounded, SMALLEST_SUM), LARGEST_SUM);
  const smallest = Math.min(...shares.filter((share) => share > NO_SHARE));
  const sums = [own, ...FINER_SUMS.filter((sum) => sum > own)];
  return sums.find((sum) => smallest * sum >= 1 - 1e-9) ?? sums.at(-1) ?? own;
}
