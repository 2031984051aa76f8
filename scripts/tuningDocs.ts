import { atLeastFailures } from "../src/evaluator/forecast/binomial.ts";
import { type Pace, requestsNeeded, timeToSee } from "../src/evaluator/forecast/detection.ts";
import { falseAlarmAt } from "../src/evaluator/forecast/falseAlarm.ts";
import { recoveryWaitMs } from "../src/evaluator/model/backendState.ts";
import { DEFAULT_RULES } from "../src/rules/defaultRules.ts";
import { formatDuration } from "../src/rules/duration.ts";
import type { Rule } from "../src/rules/ruleSet.ts";
import { formatShare } from "../src/rules/share.ts";
import { markdownTable } from "./markdownTable.ts";

/** The scrape interval of linkerd-viz, and our default interval. */
const VIZ_PACE: Pace = { scrapeMs: 10_000, intervalMs: 5_000 };
const QUICK_PACE: Pace = { scrapeMs: 2_000, intervalMs: 2_000 };
const FAILING = [1, 0.5, 0.2, 0.11, 0.09];

interface Choice {
  readonly windowMs: number;
  readonly failBelow: number;
  readonly failAfterMs: number;
  readonly pace: Pace;
}

const BUILT_IN: Choice = { windowMs: 30_000, failBelow: 0.9, failAfterMs: 10_000, pace: VIZ_PACE };
const CHOICES: readonly Choice[] = [
  BUILT_IN,
  { ...BUILT_IN, failBelow: 0.95 },
  { ...BUILT_IN, failBelow: 0.99 },
  { ...BUILT_IN, windowMs: 60_000 },
  { ...BUILT_IN, windowMs: 300_000 },
  { ...BUILT_IN, failAfterMs: 30_000 },
  { ...BUILT_IN, windowMs: 90_000, pace: { ...VIZ_PACE, scrapeMs: 30_000 } },
  { windowMs: 10_000, failBelow: 0.9, failAfterMs: 4_000, pace: QUICK_PACE },
];

/** How soon a falling success rate is detected, for several rules and intervals. */
export function detectionTable(): string {
  const rows = CHOICES.map((choice) => {
    const { windowMs, failBelow, failAfterMs, pace } = choice;
    const settings = [windowMs, failAfterMs, pace.scrapeMs, pace.intervalMs].map(formatDuration);
    return [...settings.slice(0, 1), formatShare(failBelow), ...settings.slice(1), ...FAILING.map((failing) => timeText(choice, failing))];
  });
  const parts = FAILING.map((failing) => (failing === 1 ? "all fail" : `${formatShare(failing)} fail`));
  return markdownTable(["`window`", "`failBelow`", "`failAfter`", "scrape", "`--interval`", ...parts], rows);
}

function timeText({ pace, failAfterMs, ...counted }: Choice, failing: number): string {
  const time = timeToSee(counted, failing, failAfterMs, pace);
  return time === null ? "never" : `${inSeconds(time.bestMs)} to ${inSeconds(time.worstMs)} s`;
}

function inSeconds(ms: number): number {
  return Math.round(ms / 1_000);
}

const THRESHOLDS = [0.8, 0.9, 0.95, 0.99];
const SEEN = [0, 0.5, 0.7, 0.8, 0.85, 0.9];

/** Requests in the window that it takes until a success rate is unfit. */
export function requestsTable(): string {
  const rows = THRESHOLDS.map((failBelow) => [
    formatShare(failBelow),
    ...SEEN.map((seen) => String(requestsNeeded(failBelow, seen) ?? "never")),
  ]);
  return markdownTable(["`failBelow`", ...SEEN.map((seen) => `${formatShare(seen)} succeed`)], rows);
}

const HEALTHY_FAILURE = 0.01;
const COUNTS = [10, 20, 50, 100, 1_000];

/** How often a window of a backend that fails one request in a hundred is unfit: by the plain ratio, and by the confidence interval. */
export function falseAlarmTable(): string {
  const rows = [0.9, 0.95, 0.98].flatMap((failBelow) => [
    [formatShare(failBelow), "plain ratio", ...COUNTS.map((total) => oddsText(byRatio(failBelow, total)))],
    ["", "confidence interval", ...COUNTS.map((total) => oddsText(falseAlarmAt(failBelow, total)))],
  ]);
  return markdownTable(["`failBelow`", "judged by", ...COUNTS.map((total) => `${total} requests`)], rows);
}

function byRatio(failBelow: number, total: number): number {
  let failures = 0;
  while ((total - failures) / total >= failBelow) failures += 1;
  return atLeastFailures(total, failures, HEALTHY_FAILURE);
}

/** Longer odds are not printed as a number. */
const LONGEST_ODDS = 1e9;

function oddsText(probability: number): string {
  const odds = probability > 0 ? 1 / probability : Number.POSITIVE_INFINITY;
  if (odds > LONGEST_ODDS) return "under 1 in 10⁹";
  const rounded = String(Math.round(Number(odds.toPrecision(2))));
  return `1 in ${rounded.replace(/\B(?=(\d{3})+$)/g, " ")}`;
}

const MOST_RELAPSES = 6;

/** How long a backend must be good after each relapse, by the default rule. */
export function dampingTable(): string {
  const rule = defaultRule();
  const relapses = Array.from({ length: MOST_RELAPSES + 1 }, (_, i) => i);
  return markdownTable(
    ["relapses", ...relapses.map(String)],
    [["must be good for", ...relapses.map((n) => formatDuration(recoveryWaitMs(rule, n)))]],
  );
}

function defaultRule(): Rule {
  const [rule] = DEFAULT_RULES.rules;
  if (rule === undefined) throw new Error("there is no default rule");
  return rule;
}
