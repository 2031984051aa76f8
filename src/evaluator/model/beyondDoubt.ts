import type { Counts } from "./countedBy.ts";
import { newIn, type TwoTicks } from "./newIn.ts";

/** The odds of a false decision that are left, for independent requests: one in a million. */
const DOUBT = 1e-6;
/** The log of the probability ratio at which there is no doubt left: 13.8. */
export const SURE = Math.log(1 / DOUBT);
/** What one tick can add at most: failures of one moment are no independent evidence, so two ticks must agree. */
const MOST_OF_A_TICK = SURE / 2;
/** The backend is certainly failing if it does only this part as well as `failBelow` asks. */
const FAILING_PART = 0.5;

/**
 * The log of the probability ratio of what was seen: how much likelier it is for a backend that answers half of `failBelow` well
 * than for one that answers `failBelow` well (Wald's sequential test).
 */
export function logRatio({ good, total }: Counts, failBelow: number): number {
  const failing = FAILING_PART * failBelow;
  return (total - good) * Math.log((1 - failing) / (1 - failBelow)) + good * Math.log(failing / failBelow);
}

/** The sum of the ticks so far and this one. A tick that speaks for the backend ends the sum; one without new answers adds nothing. */
export function withTick(sum: number, ticks: TwoTicks, failBelow: number): number {
  const { before, now } = ticks;
  if (before.good === now.good && before.total === now.total) return sum;
  const ratio = logRatio(newIn(ticks), failBelow);
  return ratio <= 0 ? 0 : sum + Math.min(ratio, MOST_OF_A_TICK);
}
