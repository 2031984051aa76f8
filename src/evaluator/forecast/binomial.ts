/** A term that is smaller than this part of the sum is left out. */
const NEGLIGIBLE = 1e-12;

/** The probability that at least `failures` of `total` independent requests fail, when each does with probability `rate`. */
export function atLeastFailures(total: number, failures: number, rate: number): number {
  if (failures <= 0) return 1;
  if (failures > total || rate <= 0) return 0;
  if (rate >= 1) return 1;
  let log = failures * Math.log(rate) + (total - failures) * Math.log1p(-rate);
  for (let i = 1; i <= failures; i++) log += Math.log((total - failures + i) / i);
  let term = Math.exp(log);
  let sum = term;
  for (let failed = failures; failed < total; failed++) {
    term *= ((total - failed) / (failed + 1)) * (rate / (1 - rate));
    sum += term;
    // From the middle on each term is smaller than the one before.
    if (failed > total * rate && term < sum * NEGLIGIBLE) break;
  }
  return Math.min(1, sum);
}

/** An upper bound of `atLeastFailures` (Chernoff) that is cheap to compute. */
export function atLeastFailuresLimit(total: number, failures: number, rate: number): number {
  if (failures > total) return 0;
  const share = failures / total;
  if (share <= rate) return 1;
  const others = share < 1 ? (1 - share) * Math.log((1 - share) / (1 - rate)) : 0;
  return Math.exp(-total * (share * Math.log(share / rate) + others));
}
