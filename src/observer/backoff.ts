const FIRST_DELAY_MS = 500;
/** However long an outage was, its end is seen within a look as it is by default. A handful of lists is no burden to a server that comes back. */
const LONGEST_DELAY_MS = 5_000;

/**
 * How long to wait before try number `failures` + 1, for a random number of 0..1. The jitter is full, so that many
 * watches which broke together do not come back together.
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}
