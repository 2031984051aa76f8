import { expect, it } from "vitest";
import { MissingPrometheusNews } from "../../src/controller/missingPrometheusNews.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { parseRules } from "../../src/rules/parseRules.ts";

it("warns once of a signal that asks a Prometheus that is not there, and says who answers", () => {
  const told: string[] = [];
  const log = {
    debug: () => {},
    info: () => {},
    warn: (fields: object, text: string) => void told.push(`${JSON.stringify(fields)} ${text}`),
  };
  const parsed = parseRules("version: 1\nrules: [{name: a, signals: {successRate: {}, latency: {prometheus: main}}}]", "rules.yaml");
  const rules = parsed.ok ? parsed.rules : expect.fail("the rules are valid");
  const news = new MissingPrometheusNews(log, "main");
  news.update(rules);
  news.update(rules);
  const warning =
    '{"rule":"a","signal":"latency"} latency asks the main Prometheus, but there is no --prometheus-url, so the Prometheus of --fast-prometheus-url answers it';
  expect(told).toEqual([warning]);
  news.update(DEFAULT_RULES);
  news.update(rules);
  expect(told).toEqual([warning, warning]);
  new MissingPrometheusNews(log, "fast").update(rules);
  expect(told).toHaveLength(2);
});
