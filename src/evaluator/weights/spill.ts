/** The endpoints of a tier: how many are ready, and how many with those that have been. */
export interface TierCapacity {
  readonly ready: number;
  readonly desired: number;
}

/**
 * Percent of the load for each tier, by its ready endpoints times `overprovisioning`. What a tier cannot carry goes to the next
 * one; a tier that is null, because it cannot be counted, can carry everything. All are zero if no tier has a ready endpoint.
 * The integer arithmetic is that of Envoy's priority load, so that both give the same numbers.
 */
export function spillLoads(tiers: readonly (TierCapacity | null)[], overprovisioning: number): readonly number[] {
  const factor = Math.round(overprovisioning * 100);
  const health = tiers.map((tier) => {
    if (tier === null) return 100;
    return tier.desired === 0 ? 0 : Math.min(100, Math.floor((factor * tier.ready) / tier.desired));
  });
  const norm = Math.min(
    100,
    health.reduce((sum, h) => sum + h, 0),
  );
  if (norm === 0) return tiers.map(() => 0);
  let left = 100;
  const loads = health.map((h) => {
    const load = Math.min(left, Math.floor((h * 100) / norm));
    left -= load;
    return load;
  });
  const first = health.findIndex((h) => h > 0);
  return loads.map((load, i) => (i === first ? load + left : load));
}
