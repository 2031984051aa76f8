import { describe, expect, it } from "vitest";
import { askedAt, signalsNaming } from "../../src/rules/askedAt.ts";
import { formatRules } from "../../src/rules/formatRules.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { questionsOf } from "../../src/rules/questions.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";
import { route } from "../observer/fakeCodec.ts";

const ROUTE = route("shop", "web", ["web", "web-east"]);
const RULES = ruleSetOf(`rules:
  - name: both
    signals:
      readiness: {}
      gateway: {}
      successRate: {window: 6s}
      latency: {window: 5m, prometheus: main}
      unanswered: {window: 10s, prometheus: fast}
      queries:
        - {name: depth, query: max(depth), failAbove: 10, recoverBelow: 1}
        - {name: errors, query: max(errors), failAbove: 10, recoverBelow: 1, prometheus: fast}
`);

function ruleSetOf(text: string): RuleSet {
  const result = parseRules(`version: 1\n${text}`, "rules.yaml");
  return result.ok ? result.rules : expect.fail(JSON.stringify(result.problems));
}

/** What is asked, with the names of one's own queries. */
function asked(name: "fast" | "main") {
  const { queries, ...counted } = questionsOf(askedAt(RULES, name));
  return { ...counted, queries: queries(ROUTE).map((query) => query.name) };
}

describe("of two Prometheus", () => {
  it("the fast one is asked Linkerd's metrics, and whatever names it", () => {
    expect(asked("fast")).toEqual({ requests: [6_000], latency: [], unanswered: [10_000], gateway: true, queries: ["errors"] });
  });

  it("the main one is asked one's own queries, and whatever names it", () => {
    const latency = [{ underMs: 500, windowMs: 300_000 }];
    expect(asked("main")).toEqual({ requests: [], latency, unanswered: [], gateway: false, queries: ["depth"] });
  });

  it("each of two equally long windows is asked its own", () => {
    const rules = ruleSetOf(`rules:
  - {name: a, signals: {successRate: {window: 30s}}}
  - {name: b, signals: {successRate: {window: 30s, prometheus: main}}}
`);
    expect((["fast", "main"] as const).map((name) => questionsOf(askedAt(rules, name)).requests)).toEqual([[30_000], [30_000]]);
  });
});

it("tells which signals name one", () => {
  expect(signalsNaming(RULES, "fast")).toEqual([
    { rule: "both", signal: "unanswered" },
    { rule: "both", signal: "query errors" },
  ]);
  expect(signalsNaming(RULES, "main")).toEqual([{ rule: "both", signal: "latency" }]);
});

it("is read again from what formatRules writes", () => {
  const again = parseRules(formatRules(RULES), "rules.yaml");
  expect(again.ok && again.rules).toEqual(RULES);
});

it("names no third one", () => {
  const result = parseRules("version: 1\nrules: [{name: a, signals: {latency: {prometheus: slow}}}]", "rules.yaml");
  expect(result.ok ? [] : result.problems).toMatchObject([{ sentence: 'signals.latency.prometheus is "slow", but must be fast or main' }]);
});
