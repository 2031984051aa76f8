import { formatDuration } from "./duration.ts";
import type { Rule } from "./ruleSet.ts";
import { formatShare } from "./share.ts";
import type { Path } from "./yamlFlaws.ts";

/** Keys of a merged rule that are right by themselves and impossible together. */
export interface Conflict {
  /** Inside the rule; the first one is what the sentence is about. */
  readonly paths: readonly Path[];
  /** `{0}`, `{1}`: the key of that path with its value and where that comes from. */
  readonly sentence: string;
  readonly values: readonly string[];
  readonly hint: string;
}

/** What no rule can mean, whichever of its keys come from the defaults. */
export function conflictsOf(rule: Rule): readonly Conflict[] {
  return [thresholds(rule), waits(rule), nothingOn(rule)].filter((conflict) => conflict !== null);
}

function thresholds({ signals }: Rule): Conflict | null {
  const signal = signals.successRate;
  if (signal === undefined || signal.recoverAbove >= signal.failBelow) return null;
  const [recoverAbove, failBelow] = [formatShare(signal.recoverAbove), formatShare(signal.failBelow)];
  return {
    paths: [
      ["signals", "successRate", "recoverAbove"],
      ["signals", "successRate", "failBelow"],
    ],
    sentence: "{0} is below {1}, so a success rate between them would be good and bad at once",
    values: [recoverAbove, failBelow],
    hint: `write recoverAbove: ${failBelow} or more, or failBelow: ${recoverAbove} or less`,
  };
}

function waits(rule: Rule): Conflict | null {
  if (rule.damping.maxMs >= rule.recoverAfterMs) return null;
  const [max, recoverAfter] = [formatDuration(rule.damping.maxMs), formatDuration(rule.recoverAfterMs)];
  return {
    paths: [["damping", "max"], ["recoverAfter"]],
    sentence: "{0} is shorter than {1}, the wait that it limits",
    values: [max, recoverAfter],
    hint: `write damping.max: ${recoverAfter} or more, or recoverAfter: ${max} or less`,
  };
}

function nothingOn({ signals }: Rule): Conflict | null {
  if (Object.keys(signals).length > 0) return null;
  return {
    paths: [["signals"]],
    sentence: "no signal is on, so nothing would ever be judged",
    values: [],
    hint: "turn one on, as `readiness: {}`; leave `signals` out to have them all",
  };
}
