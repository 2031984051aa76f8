import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import type { Rule, RuleSet } from "../../src/rules/ruleSet.ts";
import { renderProblems } from "../../src/rules/rulesProblem.ts";

function ruleSetOf(text: string): RuleSet {
  const result = parseRules(`version: 1\n${text}`, "f");
  return result.ok ? result.rules : expect.fail(renderProblems(result.problems));
}

const ruleOf = (body: string): Rule => ruleSetOf(`rules: [{name: a, ${body}}]`).rules[0] ?? expect.fail("no rule");
/** The rule `a` after the merge with defaults. */
const over = (defaults: string, body: string): Rule =>
  ruleSetOf(`defaults: {${defaults}}\nrules: [{name: a, ${body}}]`).rules[0] ?? expect.fail("no rule");

describe("a signal with an empty map has its defaults", () => {
  it.each<[string, Rule["signals"]]>([
    ["readiness: {}", { readiness: { minReady: 1, failAfterMs: 0 } }],
    ["successRate: {}", { successRate: { failBelow: 0.9, recoverAbove: 0.98, windowMs: 30_000, minRequests: 20 } }],
    ["latency: {}", { latency: { underMs: 500, failBelow: 0.9, recoverAbove: 0.95, windowMs: 60_000, minRequests: 50 } }],
    ["unanswered: {}", { unanswered: { failAbove: 0.9, recoverBelow: 0.5, windowMs: 30_000, minRequests: 20 } }],
    ["gateway: {}", { gateway: { failAfterMs: 0 } }],
  ])("%s", (signal, on) => expect(ruleOf(`signals: {${signal}}`).signals).toEqual(on));
});

describe("values are read from the file", () => {
  it.each<[string, Rule["signals"]]>([
    ["readiness: {minReadyShare: 50%}", { readiness: { minReadyShare: 0.5, failAfterMs: 0 } }],
    ["readiness: {minReadyShare: 1}", { readiness: { minReadyShare: 1, failAfterMs: 0 } }],
    [
      "latency: {under: 1s, failBelow: 50%, recoverAbove: 0.6, window: 5m, minRequests: 1}",
      { latency: { underMs: 1_000, failBelow: 0.5, recoverAbove: 0.6, windowMs: 300_000, minRequests: 1 } },
    ],
    ["latency: {under: 0h1ms}", { latency: { underMs: 1, failBelow: 0.9, recoverAbove: 0.95, windowMs: 60_000, minRequests: 50 } }],
    ["readiness: {failAfter: 15s}", { readiness: { minReady: 1, failAfterMs: 15_000 } }],
    ["gateway: {failAfter: 1m}", { gateway: { failAfterMs: 60_000 } }],
    [
      "latency: {failAfter: 0s}",
      { latency: { underMs: 500, failBelow: 0.9, recoverAbove: 0.95, windowMs: 60_000, minRequests: 50, failAfterMs: 0 } },
    ],
    [
      "queries: [{name: a, query: up, failAbove: 1, recoverBelow: 0, failAfter: 1m}]",
      { queries: [{ name: "a", query: "up", failAbove: 1, recoverBelow: 0, failAfterMs: 60_000 }] },
    ],
    [
      "unanswered: {failAbove: 0%, recoverBelow: 0%, window: 1m, minRequests: 5}",
      { unanswered: { failAbove: 0, recoverBelow: 0, windowMs: 60_000, minRequests: 5 } },
    ],
    [
      "queries: [{name: a, query: up, failAbove: -1.5, recoverBelow: -1e3}, {name: b.c-d_9, query: '1', failAbove: 0, recoverBelow: 0}]",
      {
        queries: [
          { name: "a", query: "up", failAbove: -1.5, recoverBelow: -1_000 },
          { name: "b.c-d_9", query: "1", failAbove: 0, recoverBelow: 0 },
        ],
      },
    ],
  ])("%s", (signal, on) => expect(ruleOf(`signals: {${signal}}`).signals).toEqual(on));
});

describe("defaults", () => {
  it.each<[name: string, defaults: string, rule: string, on: Rule["signals"]]>([
    ["for latency are turned off by null", "readiness: {}, latency: {}", "latency: null", { readiness: { minReady: 1, failAfterMs: 0 } }],
    [
      "for unanswered are turned off by null",
      "readiness: {}, unanswered: {}",
      "unanswered: null",
      { readiness: { minReady: 1, failAfterMs: 0 } },
    ],
    [
      "for the gateway are turned off by null",
      "readiness: {}, gateway: {}",
      "gateway: null",
      { readiness: { minReady: 1, failAfterMs: 0 } },
    ],
    ["for readiness are turned off by null", "readiness: {}, gateway: {}", "readiness: null", { gateway: { failAfterMs: 0 } }],
    [
      "lose their queries to null",
      "readiness: {}, queries: [{name: a, query: up, failAbove: 1, recoverBelow: 0}]",
      "queries: null",
      { readiness: { minReady: 1, failAfterMs: 0 } },
    ],
    [
      "lose their queries to an empty list",
      "readiness: {}, queries: [{name: a, query: up, failAbove: 1, recoverBelow: 0}]",
      "queries: []",
      { readiness: { minReady: 1, failAfterMs: 0 } },
    ],
    [
      "give way to a list of queries as a whole",
      "queries: [{name: a, query: up, failAbove: 1, recoverBelow: 0}, {name: b, query: up, failAbove: 1, recoverBelow: 0}]",
      "queries: [{name: a, query: down, failAbove: 5, recoverBelow: 4}]",
      { queries: [{ name: "a", query: "down", failAbove: 5, recoverBelow: 4 }] },
    ],
    [
      "merge with a signal key by key",
      "latency: {under: 100ms, minRequests: 5}",
      "latency: {under: 200ms, window: 2m}",
      { latency: { underMs: 200, failBelow: 0.9, recoverAbove: 0.95, windowMs: 120_000, minRequests: 5 } },
    ],
    [
      "with null are turned on by a map",
      "readiness: {}, gateway: null",
      "gateway: {}",
      { readiness: { minReady: 1, failAfterMs: 0 }, gateway: { failAfterMs: 0 } },
    ],
    [
      "with a share are replaced by a number",
      "readiness: {minReadyShare: 50%}",
      "readiness: {minReady: 2}",
      { readiness: { minReady: 2, failAfterMs: 0 } },
    ],
    [
      "with a number are replaced by a share",
      "readiness: {minReady: 2}",
      "readiness: {minReadyShare: 50%}",
      { readiness: { minReadyShare: 0.5, failAfterMs: 0 } },
    ],
    [
      "with a share are kept by an empty map",
      "readiness: {minReadyShare: 50%}",
      "readiness: {}",
      { readiness: { minReadyShare: 0.5, failAfterMs: 0 } },
    ],
  ])("%s", (_, defaults, rule, on) => expect(over(`signals: {${defaults}}`, `signals: {${rule}}`).signals).toEqual(on));

  it("are merged for labels with any names", () => {
    const match = over("match: {labels: {minReady: a}}", "match: {labels: {minReadyShare: b}}").match;
    expect(match.labels).toEqual({ minReady: "a", minReadyShare: "b" });
  });
});

describe("spill", () => {
  it("is absent by default, and after a null", () => {
    expect(Object.keys(ruleOf("failAfter: 5s"))).not.toContain("spill");
    expect(Object.keys(ruleOf("spill: null"))).not.toContain("spill");
    expect(Object.keys(over("spill: {overprovisioning: 2}", "spill: null"))).not.toContain("spill");
  });

  it.each([
    ["spill: {}", 1.4],
    ["spill: {overprovisioning: 1}", 1],
    ["spill: {overprovisioning: 100}", 100],
  ])("%s", (body, overprovisioning) => expect(ruleOf(body).spill).toEqual({ overprovisioning }));

  it("is inherited", () => expect(over("spill: {overprovisioning: 2}", "failAfter: 5s").spill).toEqual({ overprovisioning: 2 }));
});

describe("standbyShare", () => {
  it.each([
    ["fallback: {}", { order: "together", standbyShare: 0 }],
    ["fallback: {standbyShare: 1%}", { order: "together", standbyShare: 0.01 }],
    ["fallback: {order: listed, standbyShare: 49.9999%}", { order: "listed", standbyShare: 0.499999 }],
  ])("%s", (body, fallback) => expect(ruleOf(body).fallback).toEqual(fallback));

  it("is inherited beside the order", () => {
    expect(over("fallback: {standbyShare: 5%}", "fallback: {order: listed}").fallback).toEqual({ order: "listed", standbyShare: 0.05 });
  });
});

it("match.kinds accepts every kind of route", () => {
  const kinds = ["TrafficSplit", "HTTPRoute", "HTTPRoute.policy.linkerd.io", "GRPCRoute"];
  expect(ruleOf(`match: {kinds: [${kinds.join(", ")}]}`).match.kinds).toEqual(kinds);
});
