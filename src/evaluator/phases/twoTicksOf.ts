import { countedBy } from "../model/countedBy.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import type { TwoTicks } from "../model/newIn.ts";
import type { BackendTick } from "./nextPhase.ts";

/** A wait ends early by this part of the interval, so the interval is so many times as long. */
const TOLERANCES_IN_INTERVAL = 10;

/** What a signal counted at the tick before and now; null: nothing was counted then, or it is unknown. */
export function twoTicksOf(judged: SignalJudgement, windowMs: number, tick: BackendTick): TwoTicks | null {
  const before = tick.judgedBefore?.soft.find(({ signal }) => signal === judged.signal);
  if (before === undefined || !("total" in before.reading)) return null;
  // Answers are as old as the last regular tick. A tick in between sees them again.
  const apartMs = Math.max(tick.sinceLastMs, TOLERANCES_IN_INTERVAL * tick.toleranceMs);
  return { before: countedBy(before), now: countedBy(judged), windowMs, apartMs };
}
