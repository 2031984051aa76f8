const FIRST_DELAY_MS = 500;
/** The default interval: the end of an outage is noticed within one tick. A few lists do not burden a server that comes back. */
const LONGEST_DELAY_MS = 5_000;

/**
 * The wait before try number `failures` + 1, in milliseconds; `random` is 0..1. Full jitter, so that many watches that
 * broke together do not reconnect together.
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}
