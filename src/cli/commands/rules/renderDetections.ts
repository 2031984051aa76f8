import { type Detection, detectionsOf, type Pace, type TimeToSee, timeBack } from "../../../evaluator/forecast/detection.ts";
import { BUSY_REQUESTS } from "../../../evaluator/forecast/falseAlarm.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { roughDuration } from "../../../rules/roughDuration.ts";
import type { Rule, RuleSet } from "../../../rules/ruleSet.ts";
import { shortWindows } from "../../../rules/shortWindows.ts";
import type { Paper } from "../../output/paper.ts";
import { printableLine } from "../../output/printable.ts";
import { renderTable } from "../../output/table.ts";
import { wrap } from "../../output/wrap.ts";

const HEAD = ["SIGNAL", "ALL FAIL", "1 IN 5 FAILS", "REQUESTS NEEDED", "FALSE ALARM"];
/** Odds longer than this are told as such: nobody can imagine more. */
const LONGEST_ODDS = 1e9;

/** What each rule can see, how soon, and how seldom it is wrong, for people. */
export function renderDetections(rules: RuleSet, pace: Pace, paper: Paper): string {
  const short = shortWindows(rules, pace.scrapeMs);
  const sections = rules.rules.map((rule) => {
    const mine = short.filter((window) => window.rule === rule.name).map(({ signal, windowMs }) => tooShort(signal, windowMs));
    const table = renderTable(HEAD, detectionsOf(rule, pace).map(rowOf), paper);
    return [
      `rule ${printableLine(rule.name)}`,
      table + [...mine, backText(rule)].flatMap((text) => wrap(text, paper.columns)).join("\n"),
    ].join("\n");
  });
  return `${[...sections, legend(pace, paper)].join("\n\n")}\n`;
}

/** The same as data: times in milliseconds, null for never. */
export function detectionsJson(rules: RuleSet, pace: Pace): unknown {
  const { scrapeMs, intervalMs } = pace;
  return {
    scrapeMs,
    intervalMs,
    rules: rules.rules.map((rule) => ({ name: rule.name, signals: detectionsOf(rule, pace), back: timeBack(rule) })),
  };
}

function rowOf({ signal, total, partial, counted }: Detection): readonly string[] {
  const parts = partial === undefined ? "" : partial === null ? "never" : timeText(partial);
  if (counted === undefined) return [signal, timeText(total), parts, "", ""];
  const { windowMs, neededForTotal, neededForPartial, falseAlarm } = counted;
  const needed =
    neededForPartial === null || neededForPartial === neededForTotal ? `${neededForTotal}` : `${neededForTotal}, ${neededForPartial}`;
  return [signal, timeText(total), parts, `${needed} in ${formatDuration(windowMs)}`, oddsText(falseAlarm)];
}

function timeText({ bestMs, worstMs }: TimeToSee): string {
  return bestMs === 0 ? `under ${roughDuration(worstMs)}` : `${roughDuration(bestMs)} to ${roughDuration(worstMs)}`;
}

function oddsText(probability: number): string {
  const odds = 1 / probability;
  if (odds > LONGEST_ODDS) return "under 1 in 10^9";
  return `1 in ${grouped(Number(odds.toPrecision(2)))}`;
}

/** 1 300 000. */
function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}

function tooShort(signal: string, windowMs: number): string {
  return `The window of ${signal} (${formatDuration(windowMs)}) holds fewer than three scrapes: it counts too little, or nothing.`;
}

function backText(rule: Rule): string {
  const { bestMs, worstMs } = timeBack(rule);
  const later = worstMs > bestMs ? `; after relapses it takes longer, up to ${formatDuration(worstMs)}` : "";
  return `Back with all of its traffic ${formatDuration(bestMs)} after it is well again${later}.`;
}

function legend({ scrapeMs, intervalMs }: Pace, { columns }: Paper): string {
  const text = `Times are from the first bad request to the decision, for scrapes every ${roughDuration(scrapeMs)} and looks every ${roughDuration(intervalMs)}, with plenty of traffic; how long a failing request takes to end comes on top. Needed are so many requests in a window to see that all fail, and that one in five does. A false alarm is one window that speaks against a backend of which 1 in 100 requests fails, at the number of requests that makes it likeliest, from minRequests to ${grouped(BUSY_REQUESTS)}; it must also last failAfter.`;
  return wrap(text, columns).join("\n");
}
