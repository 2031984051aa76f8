export interface Weighted {
  readonly service: string;
  readonly weight: number;
}

/** The backend whose share of the weights contains `roll` (0..1, without 1); null if all weights are zero. */
export function pickBackend(backends: readonly Weighted[], roll: number): string | null {
  const sum = backends.reduce((total, { weight }) => total + weight, 0);
  let left = roll * sum;
  for (const { service, weight } of backends) {
    if (left < weight) return service;
    left -= weight;
  }
  return null;
}
