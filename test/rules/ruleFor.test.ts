import { describe, expect, it } from "vitest";
import type { Route } from "../../src/routes/route.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { ruleFor } from "../../src/rules/ruleFor.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";

function rulesOf(rules: string): RuleSet {
  const result = parseRules(`version: 1\nrules:\n${rules}`, "f");
  return result.ok ? result.rules : expect.fail(JSON.stringify(result.problems));
}

const rules = rulesOf(`
  - {name: shop-front, match: {namespaces: [shop, store], labels: {tier: front, canary: "no"}}}
  - {name: shop, match: {namespaces: [shop]}}
  - {name: splits, match: {kinds: [TrafficSplit]}}
`);

type Matched = Parameters<typeof ruleFor>[1];
const route = (parts: Partial<Route>): Matched => ({ kind: "TrafficSplit", namespace: "shop", labels: {}, ruleName: null, ...parts });

function nameFor(parts: Partial<Route>): string {
  const rule = ruleFor(rules, route(parts));
  return "problem" in rule ? rule.problem : rule.name;
}

describe("ruleFor", () => {
  it.each<[string, Partial<Route>, string]>([
    ["all parts of a match must match", { labels: { tier: "front", canary: "no", other: "x" } }, "shop-front"],
    ["a label that is missing does not match", { labels: { tier: "front" } }, "shop"],
    ["a label with another value does not match", { labels: { tier: "front", canary: "yes" } }, "shop"],
    ["any of the namespaces matches", { namespace: "store", labels: { tier: "front", canary: "no" } }, "shop-front"],
    ["a later rule may match", { namespace: "other" }, "splits"],
    ["no rule applies to other kinds", { namespace: "other", kind: "HTTPRoute" }, "no-rule"],
    ["a route may name its rule, matching or not", { namespace: "other", kind: "HTTPRoute", ruleName: "shop-front" }, "shop-front"],
    ["a rule that does not exist is not replaced by another", { ruleName: "shopp" }, "unknown-rule"],
    ["an empty name is a name", { ruleName: "" }, "unknown-rule"],
    ["names are not found in prototypes", { ruleName: "constructor" }, "unknown-rule"],
  ])("%s", (_, parts, name) => expect(nameFor(parts)).toBe(name));

  it("quotes the name of the missing rule, cut if it is long", () => {
    expect(ruleFor(rules, route({ ruleName: "x".repeat(100_000) }))).toEqual({
      problem: "unknown-rule",
      text: `The route's annotation names the rule "${"x".repeat(40)}…", which does not exist, so it is left alone.`,
    });
  });
});
