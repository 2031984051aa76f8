import { expect, it } from "vitest";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { shortWindows } from "../../src/rules/shortWindows.ts";

const WINDOW = { rule: "default", signal: "successRate", windowMs: 30_000 };

it.each([
  [10_000, []],
  // Three scrapes as measured: one scrape more or less in ten minutes must not cause a warning.
  [10_900, []],
  [15_000, [WINDOW]],
])("a window of 30 s, scraped every %d ms", (scrapeMs, short) => expect(shortWindows(DEFAULT_RULES, scrapeMs)).toEqual(short));

it("checks the windows of all signals in all rules", () => {
  const signals =
    "{successRate: {window: 5s}, latency: {under: 1s, failBelow: 90%, recoverAbove: 95%, window: 1m}, unanswered: {window: 6s}}";
  const parsed = parseRules(`version: 1\nrules:\n- {name: a, signals: ${signals}}\n- {name: b, signals: {readiness: {}}}\n`, "f");
  expect(parsed.ok && shortWindows(parsed.rules, 5_000).map(({ rule, signal }) => `${rule} ${signal}`)).toEqual([
    "a successRate",
    "a unanswered",
  ]);
});
