import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import { renderProblems } from "../../src/rules/rulesProblem.ts";

function brakesOf(text: string) {
  const result = parseRules(`version: 1\nrules: [{name: a}]\n${text}`, "f");
  return result.ok ? result.rules.brakes : renderProblems(result.problems);
}

describe("brakes", () => {
  it("get defaults key by key", () => {
    const maxShifted = { share: 0.5, atLeast: 2, withinMs: 60_000 };
    expect(brakesOf("")).toEqual({ maxShifted, signalLoss: 0.5, minTimeBetweenWritesMs: 1_000 });
    expect(brakesOf("brakes: {maxShifted: {atLeast: 5, within: 5m}, minTimeBetweenWrites: 0s}")).toEqual({
      maxShifted: { share: 0.5, atLeast: 5, withinMs: 300_000 },
      signalLoss: 0.5,
      minTimeBetweenWritesMs: 0,
    });
  });

  it.each([
    ["brakes: {signalLoss: 0%}", "would stop all moves by metrics"],
    ["brakes: {maxShifted: {share: 10%, atLeast: 0}}", "atLeast"],
    ["brakes: {maxShifted: {within: 0s}}", "must be at least 1s"],
    ["brakes: {maxShifted: {within: 2h}}", "must be at most 1h"],
    ["brakes: {minTimeBetweenWrites: 1m}", "must be at most 30s"],
    ["brakes: {maxshifted: {}}", "maxShifted"],
    ["brakes: null", "brakes"],
  ])("that would make a failover impossible, or mean nothing, are errors: %s", (text, part) => {
    const problems = brakesOf(text);
    expect(problems).toContain(part);
    expect(problems).toMatch(/f:3:\d+/);
  });
});
