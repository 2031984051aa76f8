import type { Rule } from "../../rules/ruleSet.ts";
import type { Suspect } from "../model/backendState.ts";
import { withTick } from "../model/beyondDoubt.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import { thresholdsOf } from "../model/shareThresholds.ts";
import type { BackendTick } from "./nextPhase.ts";
import { twoTicksOf } from "./twoTicksOf.ts";

/** The suspect after this tick. A signal that is not unfit now begins anew. */
export function withSureness(suspect: Suspect, unfit: readonly SignalJudgement[], tick: BackendTick, rule: Rule): Suspect {
  const sureness = new Map<string, number>();
  for (const judged of unfit) {
    const thresholds = thresholdsOf(rule.signals, judged.signal);
    if (thresholds?.earlyWhenSure !== true) continue;
    const sum = suspect.sureness?.get(judged.signal) ?? 0;
    const ticks = twoTicksOf(judged, thresholds.windowMs, tick);
    sureness.set(judged.signal, ticks === null ? sum : withTick(sum, ticks, thresholds.failBelow));
  }
  const { sureness: _, ...others } = suspect;
  return sureness.size === 0 ? others : { ...others, sureness };
}
