/** What metrics said of one route, in a fixed order: numbers, reasons of failures, states of clusters. */
export type Readings = readonly unknown[];

export const NO_READINGS: Readings = [];

/** Whether two ticks read the same. */
export function areSameReadings(a: Readings, b: Readings): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
