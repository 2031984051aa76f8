import { describe, expect, it } from "vitest";
import type { Memory, SplitMemory } from "../../src/routes/route.ts";
import { splitMemories } from "../../src/routes/splitMemories.ts";
import { readHttpRoute, rule } from "./gatewayObjects.ts";

type Rule = Record<string, unknown>;

const on = (path: string, ...pairs: Parameters<typeof rule>): Rule => ({
  matches: [{ path: { type: "PathPrefix", value: path } }],
  ...rule(...pairs),
});

/** The memory of these rules, each shifted to its second backend; the first one has this weight in the baseline. */
function shifted(...rules: readonly Rule[]): Memory {
  const splits = readHttpRoute(rules).splits.map(({ name, matches, backends }, i): [string, SplitMemory] => [
    name,
    {
      ...(matches === undefined ? {} : { matches }),
      baseline: Object.fromEntries(backends.map(({ backend }, at) => [backend, [at === 0 ? 10 + i : 1]])),
      written: Object.fromEntries(backends.map(({ backend }, at) => [backend, at === 1 ? 100 : 0])),
    },
  ]);
  return { splits: Object.fromEntries(splits), backends: {} };
}

/** By split: which of the remembered rules it is, counted from 10. */
function found(rules: readonly Rule[], memory: Memory): Record<string, unknown> {
  const { splits } = readHttpRoute(rules);
  return Object.fromEntries([...splitMemories(splits, memory)].map(([name, { baseline }]) => [name, Object.values(baseline)[0]?.[0]]));
}

const A = on("/a", ["web", 0], ["east", 100]);
const B = on("/b", ["web", 0], ["east", 100]);
const C = on("/c", ["web", 90], ["east", 10]);
const REST = rule(["web", 0], ["east", 100]);

describe("a rule is known by what it is", () => {
  it("where another one is inserted before it", () => {
    expect(found([C, A, B], shifted(A, B))).toEqual({ 1: 10, 2: 11 });
    expect(found([C, REST], shifted(REST))).toEqual({ 1: 10 });
  });

  it("where another one is removed, or they are reordered", () => {
    expect(found([B], shifted(A, B))).toEqual({ 0: 11 });
    expect(found([REST, B, A], shifted(A, B, REST))).toEqual({ 0: 12, 1: 11, 2: 10 });
  });

  it("by its name, even if its matches and backends are others", () => {
    const named = (own: Rule) => ({ ...own, name: "own" });
    expect(found([C, named(on("/new", ["web", 0], ["north", 100]))], shifted(A, named(B)))).toEqual({ own: 11 });
  });

  it("by its matches and backends, if it is given a name or loses it", () => {
    expect(found([C, { ...A, name: "own" }], shifted(A))).toEqual({ own: 10 });
    expect(found([C, A], shifted({ ...A, name: "own" }))).toEqual({ 1: 10 });
  });

  it("among equal ones by the order", () => {
    expect(found([C, REST, REST], shifted(REST, REST))).toEqual({ 1: 10, 2: 11 });
    const many = Array.from({ length: 12 }, () => REST);
    expect(found([C, ...many], shifted(...many))["12"]).toBe(21);
  });

  it("by its matches, if its owner adds or removes backends", () => {
    expect(found([C, on("/a", ["web", 0], ["east", 100], ["west", 5])], shifted(A))).toEqual({ 1: 10 });
    expect(found([C, on("/a", ["north", 0], ["south", 100])], shifted(A))).toEqual({});
  });

  it("if its owner changes the matches and leaves our weights", () => {
    const edited = on("/a2", ["web", 0], ["east", 100]);
    expect(found([edited, B], shifted(A, B))).toEqual({ 0: 10, 1: 11 });
    expect(found([on("/a2", ["web", 60], ["east", 40])], shifted(A))).toEqual({});
    // Rules have come or gone, so it is a new one.
    expect(found([C, edited], shifted(A))).toEqual({});
    expect(found([B, edited], shifted(A, B))).toEqual({ 0: 11 });
  });

  it("with keys in any order", () => {
    const turned = { matches: [{ path: { value: "/a", type: "PathPrefix" } }], ...rule(["web", 0], ["east", 100]) };
    expect(found([C, turned], shifted(A))).toEqual({ 1: 10 });
  });
});

it("a memory of an older version is known by the index", () => {
  const { splits, backends } = shifted(A, B);
  const older = Object.fromEntries(Object.entries(splits).map(([name, { matches: _, ...own }]) => [name, own]));
  expect(found([A, B], { splits: older, backends })).toEqual({ 0: 10, 1: 11 });
});

it("nothing is known without a memory", () => {
  expect(splitMemories(readHttpRoute([A]).splits, null).size).toBe(0);
});
