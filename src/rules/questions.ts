import type { RuleSet } from "./ruleSet.ts";

/** What the rules want to know from Linkerd's metrics, each thing once, the shortest windows first. */
export interface Questions {
  /** The windows, in milliseconds, over which answered requests are counted. */
  readonly requests: readonly number[];
  readonly latency: readonly { readonly underMs: number; readonly windowMs: number }[];
  /** The windows over which unanswered requests are counted. */
  readonly unanswered: readonly number[];
  readonly gateway: boolean;
}

/** What must be asked so that every rule can be judged. */
export function questionsOf({ rules }: RuleSet): Questions {
  const wanted = rules.map(({ signals }) => signals);
  const latency = wanted.flatMap((signals) => signals.latency ?? []);
  return {
    requests: ascending(wanted.flatMap(({ successRate }) => successRate?.windowMs ?? [])),
    latency: ascending(latency.map(({ windowMs }) => windowMs)).flatMap((windowMs) =>
      ascending(latency.filter((signal) => signal.windowMs === windowMs).map(({ underMs }) => underMs)).map((underMs) => ({
        underMs,
        windowMs,
      })),
    ),
    unanswered: ascending(wanted.flatMap(({ unanswered }) => unanswered?.windowMs ?? [])),
    gateway: wanted.some(({ gateway }) => gateway !== undefined),
  };
}

/** Each number once, the smallest first. */
function ascending(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
