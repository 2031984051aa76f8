const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/**
 * How long to wait before try number `failures` + 1, for a random number of 0..1. The jitter is full, so that many
 * watches which broke together do not come back together.
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}
