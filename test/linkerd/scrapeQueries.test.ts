import { expect, it } from "vitest";
import { readScrapeInterval, SCRAPE_QUERIES } from "../../src/linkerd/scrapeQueries.ts";

const OVER_10M = { promql: "", overMs: 600_000 };
const counted = (...values: number[]) => values.map((value, i) => ({ labels: { job: `${i}` }, value }));

it("queries the longest time span first, and targets before series", () => {
  expect(SCRAPE_QUERIES.map(({ overMs }) => overMs)).toEqual([600_000, 600_000, 60_000, 60_000, 10_000, 10_000]);
  expect(SCRAPE_QUERIES[0]?.promql).toBe(
    "max by (job) ((count_over_time(up[10m]) and up offset 10m) and on (job, instance) response_total)",
  );
});

it.each([
  ["every 10 s", counted(60), 10_000],
  ["the job that scrapes most rarely", counted(60, 20), 30_000],
  ["nothing", [], null],
  ["invalid values", counted(Number.NaN, 0), null],
])("reads %s", (_, samples, interval) => expect(readScrapeInterval(samples, OVER_10M)).toBe(interval));
