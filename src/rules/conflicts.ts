import { formatDuration } from "./duration.ts";
import type { Rule } from "./ruleSet.ts";
import { formatShare } from "./share.ts";
import type { Path } from "./yamlFlaws.ts";

/** Keys of a merged rule that are valid alone and contradict each other. */
export interface Conflict {
  /** Inside the rule; the sentence is about the first one. */
  readonly paths: readonly Path[];
  /** `{0}`, `{1}` stand for the key at that path, with its value and the source of the value. */
  readonly sentence: string;
  readonly values: readonly string[];
  readonly hint: string;
}

/** The contradictions in a rule after the merge with the defaults. */
export function conflictsOf(rule: Rule): readonly Conflict[] {
  const { successRate, latency, unanswered, queries = [] } = rule.signals;
  return [
    successRate && recoversTooEarly(["signals", "successRate"], successRate),
    latency && recoversTooEarly(["signals", "latency"], latency),
    unanswered && recoversTooLate(["signals", "unanswered"], unanswered, formatShare),
    ...queries.map((query, index) => recoversTooLate(["signals", "queries", index], query, String)),
    waits(rule),
    nothingOn(rule),
  ].filter((conflict) => conflict !== null && conflict !== undefined);
}

/** For a share that should be high. */
function recoversTooEarly(signal: Path, on: { readonly recoverAbove: number; readonly failBelow: number }): Conflict | null {
  if (on.recoverAbove >= on.failBelow) return null;
  const [recoverAbove, failBelow] = [formatShare(on.recoverAbove), formatShare(on.failBelow)];
  return {
    paths: [
      [...signal, "recoverAbove"],
      [...signal, "failBelow"],
    ],
    sentence: "{0} is below {1}, so a value between them would be fit and unfit at once",
    values: [recoverAbove, failBelow],
    hint: `write recoverAbove: ${failBelow} or more, or failBelow: ${recoverAbove} or less`,
  };
}

/** For a value that should be low. */
function recoversTooLate(
  signal: Path,
  on: { readonly recoverBelow: number; readonly failAbove: number },
  spell: (value: number) => string,
): Conflict | null {
  if (on.recoverBelow <= on.failAbove) return null;
  const [recoverBelow, failAbove] = [spell(on.recoverBelow), spell(on.failAbove)];
  return {
    paths: [
      [...signal, "recoverBelow"],
      [...signal, "failAbove"],
    ],
    sentence: "{0} is above {1}, so a value between them would be fit and unfit at once",
    values: [recoverBelow, failAbove],
    hint: `write recoverBelow: ${failAbove} or less, or failAbove: ${recoverBelow} or more`,
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
    sentence: "no signal is on, so no backend would ever be judged",
    values: [],
    hint: "turn one on, as `readiness: {}`; leave `signals` out for the default ones",
  };
}
