import type { Interval } from "./wilson.ts";

const HALF = 0.5;

/** Whether one does significantly less than half as well as the other. Then thresholds that are far apart excuse nothing. */
export function isFarBelow(own: Interval, other: Interval): boolean {
  return own.upper < HALF * other.lower;
}
