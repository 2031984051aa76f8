import { expect, it } from "vitest";
import { WindowNews } from "../../src/controller/windowNews.ts";
import { parseRules } from "../../src/rules/parseRules.ts";

function rules(window: string) {
  const parsed = parseRules(`version: 1\nrules:\n- {name: a, signals: {successRate: {window: ${window}}}}\n`, "f");
  if (!parsed.ok) throw new Error("invalid");
  return parsed.rules;
}

it("warns about a short window once, and again if it changes or was long enough in between", () => {
  const told: string[] = [];
  const news = new WindowNews({ debug: () => {}, info: () => {}, warn: (_, text) => void told.push(text) });
  news.update(rules("30s"), 10_000);
  expect(told).toEqual([]);
  for (const scrapeMs of [15_000, 15_200, 15_000]) news.update(rules("30s"), scrapeMs);
  expect(told).toEqual([
    "the window of successRate is 30s, but proxies are scraped every 15s: with fewer than 3 scrapes in it, it counts too little or nothing",
  ]);
  news.update(rules("20s"), 15_000);
  expect(told).toHaveLength(2);
  news.update(rules("20s"), 5_000);
  news.update(rules("20s"), 15_000);
  expect(told).toHaveLength(3);
});
