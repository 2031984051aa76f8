import { expect, it } from "vitest";
import { PrometheusNews } from "../../src/controller/prometheusNews.ts";

function newsWithClock(name?: "fast" | "main") {
  const told: string[] = [];
  const clock = { nowMs: 0 };
  const write = (level: string) => (_: object, text: string) => told.push(`${level}: ${text}`);
  const log = { debug: write("debug"), info: write("info"), warn: write("warn") };
  return { told, clock, news: new PrometheusNews(log, () => clock.nowMs, name) };
}

it("logs once that Prometheus does not answer, and once that it answers again", () => {
  const { told, clock, news } = newsWithClock();
  news.queried(null, null);
  for (clock.nowMs = 5_000; clock.nowMs < 600_000; clock.nowMs += 5_000) news.queried("HTTP 401", null);
  for (; clock.nowMs < 700_000; clock.nowMs += 5_000) news.queried(null, null);
  expect(told).toEqual(["warn: Prometheus does not answer, so metrics move nothing: HTTP 401", "info: Prometheus answers again"]);
});

it("says which one of two it is, and that the other one still moves", () => {
  const { told, clock, news } = newsWithClock("main");
  news.queried("HTTP 401", null);
  clock.nowMs = 60_000;
  news.queried(null, null);
  const away = "warn: the main Prometheus does not answer, so its metrics move nothing: HTTP 401";
  expect(told).toEqual([away, "info: the main Prometheus answers again"]);
});

it("does not log every tick in which one query fails and the other does not", () => {
  const { told, clock, news } = newsWithClock();
  for (; clock.nowMs < 300_000; clock.nowMs += 5_000) {
    news.queried("too many series", null);
    news.queried(null, null);
  }
  expect(told).toHaveLength(1);
});

it("logs once that answers are partial, once a change, and once that they are whole again", () => {
  const { told, clock, news } = newsWithClock();
  for (; clock.nowMs < 300_000; clock.nowMs += 5_000) {
    news.queried(null, "store away");
    news.queried(null, null);
  }
  news.queried(null, "another store away");
  // What is not answered is not whole either.
  for (; clock.nowMs < 400_000; clock.nowMs += 5_000) news.queried("HTTP 503", null);
  const whole = told.length;
  for (; clock.nowMs < 500_000; clock.nowMs += 5_000) news.queried(null, null);
  const begun = "warn: Prometheus warns that its answers lack something, so what is missing moves nothing";
  expect(told.slice(0, whole)).toEqual([
    `${begun}: store away`,
    `${begun}: another store away`,
    "warn: Prometheus does not answer, so metrics move nothing: HTTP 503",
  ]);
  expect(told.slice(whole).toSorted()).toEqual(["info: Prometheus answers again", "info: Prometheus answers in full again"]);
});

it("logs another reason after a while", () => {
  const { told, clock, news } = newsWithClock();
  news.queried("HTTP 401", null);
  news.queried("HTTP 403", null);
  clock.nowMs = 60_000;
  news.queried("HTTP 403", null);
  expect(told).toHaveLength(2);
});
