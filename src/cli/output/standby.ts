/** A backend's weight in one split, live and in the baseline. */
interface SplitWeight {
  readonly weight: number;
  readonly baseline: number;
}

/** Whether a backend is shown as a standby: it serves, and its live weight and its baseline are 0 in every split. Null: it is not judged. */
export function isStandby(phase: string | null, weights: readonly SplitWeight[]): boolean {
  return phase === "serving" && weights.every(({ weight, baseline }) => weight === 0 && baseline === 0);
}
