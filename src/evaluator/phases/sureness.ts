import type { Rule } from "../../rules/ruleSet.ts";
import type { Suspect } from "../model/backendState.ts";
import { withTick } from "../model/beyondDoubt.ts";
import { type Counts, countedBy } from "../model/countedBy.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import { thresholdsOf } from "../model/shareThresholds.ts";
import type { BackendTick } from "./nextPhase.ts";

/** A wait ends early by this part of the interval, so the interval is so many times as long. */
const TOLERANCES_IN_INTERVAL = 10;

/** The suspect after this tick. A signal that is not unfit now begins anew. */
export function withSureness(suspect: Suspect, unfit: readonly SignalJudgement[], tick: BackendTick, rule: Rule): Suspect {
  const sureness = new Map<string, number>();
  for (const judged of unfit) {
    const thresholds = thresholdsOf(rule.signals, judged.signal);
    if (thresholds?.earlyWhenSure !== true) continue;
    const sum = suspect.sureness?.get(judged.signal) ?? 0;
    const before = countsBefore(judged.signal, tick);
    // Answers are as old as the last regular tick. A tick in between sees them again.
    const apartMs = Math.max(tick.sinceLastMs, TOLERANCES_IN_INTERVAL * tick.toleranceMs);
    const ticks = before === null ? null : { before, now: countedBy(judged), windowMs: thresholds.windowMs, apartMs };
    sureness.set(judged.signal, ticks === null ? sum : withTick(sum, ticks, thresholds.failBelow));
  }
  const { sureness: _, ...others } = suspect;
  return sureness.size === 0 ? others : { ...others, sureness };
}

/** What its window held at the tick before; null: nothing was counted then, or it is unknown. */
function countsBefore(signal: string, { judgedBefore }: BackendTick): Counts | null {
  const before = judgedBefore?.soft.find((own) => own.signal === signal);
  return before === undefined || !("total" in before.reading) ? null : countedBy(before);
}
