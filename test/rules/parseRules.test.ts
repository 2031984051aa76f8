import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import { renderProblems } from "../../src/rules/rulesProblem.ts";

/** The rules of a valid text, by name. */
function rulesOf(text: string): Record<string, Rule> {
  const result = parseRules(text, "rules.yaml");
  if (!result.ok) expect.fail(renderProblems(result.problems));
  return Object.fromEntries(result.rules.rules.map((rule) => [rule.name, rule]));
}

describe("the built-in defaults", () => {
  it("are the documented ones", () => {
    expect(DEFAULT_RULES).toEqual({
      brakes: { maxShifted: { share: 0.5, atLeast: 2, withinMs: 60_000 }, signalLoss: 0.5, minTimeBetweenWritesMs: 1_000 },
      rules: [
        {
          name: "default",
          match: {},
          signals: {
            readiness: { minReady: 1, failAfterMs: 0 },
            successRate: { failBelow: 0.9, recoverAbove: 0.98, windowMs: 30_000, minRequests: 20 },
            gateway: { failAfterMs: 0 },
          },
          failAfterMs: 10_000,
          recoverAfterMs: 60_000,
          return: { steps: [0.05, 0.25, 0.5], everyMs: 30_000 },
          damping: { factor: 2, maxMs: 1_800_000, forgetAfterMs: 3_600_000 },
          fallback: { order: "together", standbyShare: 0 },
          whenNoneFit: "readiness",
          whenNoneReady: "hold",
        },
      ],
    });
  });

  it("complete a rule that has only a name", () => {
    expect(parseRules("version: 1\nrules: [{name: default}]", "f")).toEqual({ ok: true, rules: DEFAULT_RULES });
  });

  it("apply key by key", () => {
    const { a } = rulesOf("version: 1\nrules:\n- name: a\n  signals: {successRate: {window: 1m}}\n  damping: {factor: 3}\n");
    expect(a?.signals).toEqual({ successRate: { failBelow: 0.9, recoverAbove: 0.98, windowMs: 60_000, minRequests: 20 } });
    expect(a?.damping).toEqual({ factor: 3, maxMs: 1_800_000, forgetAfterMs: 3_600_000 });
  });
});

describe("values", () => {
  it("are read from the file", () => {
    const { a } = rulesOf(`version: 1
rules:
  - name: a
    match: {namespaces: [shop, "1"], labels: {tier: front, example.com/x: ""}, kinds: [TrafficSplit]}
    signals:
      readiness: {minReady: 3}
      successRate: {failBelow: 0.5, recoverAbove: 99.9%, window: 5s, minRequests: 1}
    failAfter: 0s
    recoverAfter: 1m30s
    return: {steps: [], every: 500ms}
    damping: {factor: 1, max: 1m30s, forgetAfter: 720h}
    fallback: {order: listed}
    whenNoneFit: hold
    whenNoneReady: standby
`);
    expect(a).toEqual({
      name: "a",
      match: { namespaces: ["shop", "1"], labels: { tier: "front", "example.com/x": "" }, kinds: ["TrafficSplit"] },
      signals: {
        readiness: { minReady: 3, failAfterMs: 0 },
        successRate: { failBelow: 0.5, recoverAbove: 0.999, windowMs: 5_000, minRequests: 1 },
      },
      failAfterMs: 0,
      recoverAfterMs: 90_000,
      return: { steps: [], everyMs: 500 },
      damping: { factor: 1, maxMs: 90_000, forgetAfterMs: 2_592_000_000 },
      fallback: { order: "listed", standbyShare: 0 },
      whenNoneFit: "hold",
      whenNoneReady: "standby",
    });
  });

  it("may be JSON, begin with a byte order mark and have Windows line endings", () => {
    expect(parseRules('{"version": 1, "rules": [{"name": "default"}]}', "f").ok).toBe(true);
    expect(parseRules("\uFEFFversion: 1\r\nrules:\r\n  - name: default\r\n", "f")).toEqual({ ok: true, rules: DEFAULT_RULES });
  });
});

describe("defaults", () => {
  const text = `version: 1
defaults:
  match: {labels: {managed: "yes"}}
  signals: {readiness: {minReady: 2}, successRate: {failBelow: 95%, recoverAbove: 99%}}
  return: {steps: [10%], every: 1m}
rules:
  - name: plain
  - name: deep
    match: {labels: {tier: front}}
    signals: {successRate: {window: 1m}}
    return: {steps: [20%, 40%]}
  - name: off
    signals: {successRate: null}
`;

  it("are merged into every rule, key by key at every depth", () => {
    const { plain, deep } = rulesOf(text);
    expect(plain?.signals).toEqual({
      readiness: { minReady: 2, failAfterMs: 0 },
      successRate: { failBelow: 0.95, recoverAbove: 0.99, windowMs: 30_000, minRequests: 20 },
    });
    expect(deep?.signals.successRate).toEqual({ failBelow: 0.95, recoverAbove: 0.99, windowMs: 60_000, minRequests: 20 });
    expect(deep?.match.labels).toEqual({ managed: "yes", tier: "front" });
  });

  it("are replaced by a list of the rule as a whole", () => {
    expect(rulesOf(text).deep?.return).toEqual({ steps: [0.2, 0.4], everyMs: 60_000 });
  });

  it("are turned off by null", () => {
    expect(rulesOf(text).off?.signals).toEqual({ readiness: { minReady: 2, failAfterMs: 0 } });
  });
});

describe("signals", () => {
  const signalsOf = (signals: string) => Object.keys(rulesOf(`version: 1\nrules:\n- name: a\n  ${signals}\n`).a?.signals ?? {});

  it("are the default ones if none is named", () => expect(signalsOf("failAfter: 5s")).toEqual(["readiness", "successRate", "gateway"]));
  it("are on if they are named, and otherwise off", () => {
    expect(signalsOf("signals: {readiness: {}}")).toEqual(["readiness"]);
    expect(signalsOf("signals: {successRate: {}}")).toEqual(["successRate"]);
  });
});

it("accepts a rule after one that matches everything, because a route can name it", () => {
  expect(Object.keys(rulesOf("version: 1\nrules: [{name: all}, {name: strict, failAfter: 1s}]"))).toEqual(["all", "strict"]);
});
