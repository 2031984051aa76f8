import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import { questionsOf } from "../../src/rules/questions.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";

function ruleSetOf(text: string): RuleSet {
  const result = parseRules(`version: 1\n${text}`, "f");
  return result.ok ? result.rules : expect.fail(JSON.stringify(result.problems));
}

describe("questionsOf", () => {
  it("has each question once, the shortest windows first", () => {
    const rules = ruleSetOf(`rules:
  - {name: a, signals: {successRate: {window: 1m}, latency: {window: 2m}, unanswered: {window: 90s}}}
  - {name: b, signals: {latency: {under: 1s}, unanswered: {}}}
  - {name: c, signals: {successRate: {}, latency: {under: 100ms, failBelow: 50%}, gateway: {}}}
  - {name: d, signals: {successRate: {window: 60s}, latency: {under: 100ms}, unanswered: {minRequests: 1}}}
`);
    expect(questionsOf(rules)).toMatchObject({
      requests: [30_000, 60_000],
      latency: [
        { underMs: 100, windowMs: 60_000 },
        { underMs: 1_000, windowMs: 60_000 },
        { underMs: 500, windowMs: 120_000 },
      ],
      unanswered: [30_000, 90_000],
      gateway: true,
    });
  });

  it("has none if only readiness is on", () => {
    expect(questionsOf(ruleSetOf("rules: [{name: a, signals: {readiness: {}}}]"))).toMatchObject({
      requests: [],
      latency: [],
      unanswered: [],
      gateway: false,
    });
  });
});
