import { type Detection, detectionsOf, type Pace, type TimeToSee, timeBack } from "../../../evaluator/forecast/detection.ts";
import { BUSY_REQUESTS } from "../../../evaluator/forecast/falseAlarm.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { type PrometheusName, usualPrometheus } from "../../../rules/prometheusName.ts";
import { roughDuration } from "../../../rules/roughDuration.ts";
import type { Rule, RuleSet } from "../../../rules/ruleSet.ts";
import { shortWindows } from "../../../rules/shortWindows.ts";
import { printableLine } from "../../output/printable.ts";
import { renderTable } from "../../output/table.ts";
import type { TextStyle } from "../../output/textStyle.ts";
import { wrap } from "../../output/wrap.ts";

const HEAD = ["SIGNAL", "ALL FAIL", "1 IN 5 FAILS", "REQUESTS NEEDED", "FALSE ALARM"];
/** Longer odds are shown as `under 1 in 10^9`. */
const LONGEST_ODDS = 1e9;

/** A table per rule: which failures it detects, how soon, and how rare false alarms are. */
export function renderDetections(rules: RuleSet, pace: Pace, style: TextStyle): string {
  const short = shortWindows(rules, pace.scrapeMs);
  const sections = rules.rules.map((rule) => {
    const mine = short.filter((window) => window.rule === rule.name).map(({ signal, windowMs }) => tooShort(signal, windowMs));
    const table = renderTable(
      HEAD,
      detectionsOf(rule, pace).map((detection) => rowOf(detection, rule)),
      style,
    );
    return [
      `rule ${printableLine(rule.name)}`,
      table + [...mine, ...earlyText(rule), backText(rule)].flatMap((text) => wrap(text, style.columns)).join("\n"),
    ].join("\n");
  });
  return `${[...sections, legend(pace, style)].join("\n\n")}\n`;
}

/** The Prometheus that a signal names, if it is not the usual one; else null. */
function askedOf({ signals }: Rule, signal: string): PrometheusName | null {
  const own = signals.queries?.find(({ name }) => signal === `query ${name}`);
  const named = { successRate: signals.successRate, latency: signals.latency, unanswered: signals.unanswered }[signal] ?? own;
  return named?.prometheus === undefined || named.prometheus === usualPrometheus(signal) ? null : named.prometheus;
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

function rowOf({ signal: name, total, partial, counted }: Detection, rule: Rule): readonly string[] {
  const asked = askedOf(rule, name);
  const signal = asked === null ? name : `${name} (${asked} Prometheus)`;
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
  return `The window of ${signal} (${formatDuration(windowMs)}) holds fewer than three scrapes: its counts are too low, or zero.`;
}

function earlyText({ signals }: Rule): readonly string[] {
  const early = (["successRate", "latency", "unanswered"] as const).filter((name) => signals[name]?.earlyWhenSure === true);
  return early.map((name) => `${name} does not wait for all of failAfter once new failures leave no doubt (earlyWhenSure).`);
}

function backText(rule: Rule): string {
  const { bestMs, worstMs } = timeBack(rule);
  const later = worstMs > bestMs ? `; after relapses it takes up to ${formatDuration(worstMs)}` : "";
  return `A recovered backend has all its traffic back after ${formatDuration(bestMs)}${later}.`;
}

function legend({ scrapeMs, intervalMs }: Pace, { columns }: TextStyle): string {
  const text = `Times run from the first failing request to the decision, with a scrape every ${roughDuration(scrapeMs)}, a tick every ${roughDuration(intervalMs)} and plenty of traffic. The duration of a failing request comes on top. REQUESTS NEEDED is how many requests a window needs to show that all fail, and that one in five fails. FALSE ALARM is the chance that one window finds a backend unfit of which 1 in 100 requests fails. It is the highest chance for any number of requests from minRequests to ${grouped(BUSY_REQUESTS)}. The evidence must also last failAfter.`;
  return wrap(text, columns).join("\n");
}
