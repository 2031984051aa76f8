import { longestWindowMs } from "../../src/rules/longestWindow.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import type { Rule, RuleSet } from "../../src/rules/ruleSet.ts";
import type { Dice } from "./dice.ts";

/** Intervals of ticks and of scrapes. */
export interface Rhythm {
  readonly intervalMs: number;
  readonly scrapeMs: number;
}

/** How long the controller may take with given rules. */
export interface Pace {
  /** After this time metrics show a change completely and the controller has acted on it. */
  readonly fullEvidenceMs: number;
  /** After this time metrics show enough of a backend to compare it with others. */
  readonly someEvidenceMs: number;
  /** The longest wait before a return. */
  readonly longestWaitMs: number;
  readonly returnMs: number;
}

const SECOND_MS = 1_000;
const SHORTEST_WINDOW_MS = 30 * SECOND_MS;
/** Number of scrapes that a window needs. */
const SCRAPES_IN_WINDOW = 3;
/** With few requests, a step lasts until it has answered what this many windows promise. */
const WINDOWS_OF_TRIAL = 3;
const LONGEST_FAIL_AFTER_SECONDS = 12;
/** Longer than two scrapes, so that it can end early. */
const EARLY_FAIL_AFTER = "1m";
/** Several ticks, because an answer can be late and ticks and scrapes are not synchronous. */
const TICKS = 3;

/** Draws a rules file. Waits are short, so that a whole failover and return take a few minutes. */
export function drawRules(dice: Dice, { scrapeMs }: Rhythm): string {
  const steps = dice.pick([["5%", "25%", "50%"], ["10%"], [], ["5%", "10%", "25%", "50%", "75%"]] as const);
  const windowSeconds = Math.max(SHORTEST_WINDOW_MS, SCRAPES_IN_WINDOW * scrapeMs) / SECOND_MS;
  return `version: 1
rules:
  - name: world
    signals:
      readiness: {minReadyShare: 60%}
      gateway: {}
      successRate: {window: ${windowSeconds}s}
    failAfter: ${dice.whole(0, LONGEST_FAIL_AFTER_SECONDS)}s
    recoverAfter: ${dice.whole(5, 30)}s
    return: {steps: [${steps.join(", ")}], every: ${dice.whole(5, 15)}s}
    damping: {factor: 2, max: ${dice.whole(40, 100)}s, forgetAfter: ${dice.whole(1, 5)}m}
    fallback: {order: ${dice.pick(["together", "listed"])}}
    whenNoneFit: ${dice.chance(0.2) ? "hold" : "readiness"}
brakes:
  maxShifted: {share: ${dice.pick([20, 50])}%, atLeast: ${dice.whole(1, 2)}, within: ${dice.pick([20, 60])}s}
`;
}

/** The same rules with other readiness, warm standbys and spill. */
export function varyRules(dice: Dice, text: string, podsEach: number): string {
  const readiness = dice.pick(["minReadyShare: 60%", "minReady: 1", `minReady: ${Math.max(1, podsEach - 1)}`]);
  const standbyShare = dice.pick([0, 0, 0, 1, 5]);
  const spill = dice.chance(0.25) ? `    spill: {overprovisioning: ${dice.pick([1, 1.4])}}\n` : "";
  return text
    .replace("readiness: {minReadyShare: 60%}", `readiness: {${readiness}}`)
    .replace(/(fallback: \{order: \w+)\}\n/, `$1, standbyShare: ${standbyShare}%}\n${spill}`);
}

/** The same rules with a long `failAfter` that ends early when there is no doubt. */
export function earlyWhenSure(text: string): string {
  return text
    .replace(/successRate: \{(.*?)\}/, "successRate: {$1, earlyWhenSure: true}")
    .replace(/failAfter: .*/, `failAfter: ${EARLY_FAIL_AFTER}`);
}

/** The rules file with an error, so that the controller must reject it. */
export function spoilRules(dice: Dice, text: string): string {
  const [before, after] = dice.pick([
    ["failAfter:", "failLater:"],
    ["order:", "order: random #"],
    ["version: 1", "version: 7"],
    ["factor: 2", "factor: [2"],
    ["minReadyShare: 60%", "minReady: none"],
  ] as const);
  return text.replace(before, after);
}

/** Parses valid rules. */
export function rightRules(text: string): RuleSet {
  const parsed = parseRules(text, "rules.yaml");
  if (!parsed.ok) throw new Error(`the drawn rules are wrong: ${JSON.stringify(parsed.problems)}`);
  return parsed.rules;
}

/** The one rule of drawn rules. */
export function ruleOf({ rules }: RuleSet): Rule {
  const [rule] = rules;
  if (rule === undefined) throw new Error("there is no rule");
  return rule;
}

export function paceOf(rules: RuleSet, { intervalMs, scrapeMs }: Rhythm): Pace {
  const rule = ruleOf(rules);
  const windowMs = longestWindowMs(rule);
  return {
    fullEvidenceMs: windowMs + 2 * scrapeMs + TICKS * intervalMs + Math.max(LONGEST_FAIL_AFTER_SECONDS * SECOND_MS, rule.failAfterMs),
    someEvidenceMs: windowMs + scrapeMs,
    longestWaitMs: Math.max(rule.recoverAfterMs, rule.damping.maxMs) + intervalMs,
    returnMs: (rule.return.steps.length + 1) * (Math.max(rule.return.everyMs, WINDOWS_OF_TRIAL * windowMs) + windowMs + intervalMs),
  };
}
