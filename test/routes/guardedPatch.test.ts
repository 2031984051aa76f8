import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STATE_ANNOTATION, writeMemory } from "../../src/routes/memory.ts";
import type { DesiredRoute, JsonPatch, Memory, Route, Spelling } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { weightOfAll } from "../../src/routes/weight.ts";
import { backends, FIXTURES, fixture, routeOf, trafficSplit } from "./routeObjects.ts";

const MEMORY: Memory = { splits: { "0": { baseline: { web: [1] }, written: { web: 0 } } }, backends: {} };

function desiredOf(spellings: Readonly<Record<string, readonly Spelling[]>>, memory: Memory = MEMORY): DesiredRoute {
  const desired = Object.entries(spellings).map(([backend, own]) => ({ backend, weight: weightOfAll(own), spellings: own }));
  return { memory, splits: [{ name: "0", backends: desired }] };
}

function patch(route: Route, spellings: Readonly<Record<string, readonly Spelling[]>>): JsonPatch {
  return trafficSplitCodec.patch(route, desiredOf(spellings));
}

describe("the guarded patch", () => {
  it("begins with the resourceVersion, then has the weights that differ, then the annotation", () => {
    const route = trafficSplitCodec.read(fixture("argocd"));
    expect(patch(route, { checkout: [0], "checkout-east": [20], "checkout-west": [80] })).toEqual([
      { op: "replace", path: "/metadata/resourceVersion", value: "88123456" },
      { op: "replace", path: "/spec/backends/0/weight", value: 0 },
      { op: "replace", path: "/spec/backends/2/weight", value: 80 },
      { op: "add", path: "/metadata/annotations/failover.linkerd.io~1state", value: writeMemory(MEMORY) },
    ]);
  });

  it("adds the map of annotations if there is none", () => {
    const operations = patch(routeOf(["web", 1], ["east", 0]), { web: [0], east: [1] });
    expect(operations.at(-1)).toEqual({ op: "add", path: "/metadata/annotations", value: { [STATE_ANNOTATION]: writeMemory(MEMORY) } });
  });

  it("adds a missing weight, also a desired 0, but not that alone", () => {
    expect(patch(routeOf(["web", 1], ["east", undefined]), { east: [1] })[1]).toEqual({
      op: "add",
      path: "/spec/backends/1/weight",
      value: 1,
    });
    expect(patch(routeOf(["web", 1], ["east", undefined]), { east: [0] })).toEqual([]);
    expect(patch(routeOf(["web", 1], ["east", undefined], ["west", 0]), { web: [0], east: [0], west: [1] })[2]).toEqual({
      op: "add",
      path: "/spec/backends/1/weight",
      value: 0,
    });
  });

  it.each<[Spelling, Spelling]>([
    ["500m", 0.5],
    [0.5, "500m"],
    ["5", 5],
    [5, "5.0"],
  ])("does not change %j if %j is desired", (live, desired) => {
    expect(patch(routeOf(["web", live], ["east", 0]), { web: [desired] })).toEqual([]);
  });

  it("restores the owner's notation", () => {
    expect(patch(routeOf(["web", 0], ["east", 1]), { web: ["500m"] })[1]).toEqual({
      op: "replace",
      path: "/spec/backends/0/weight",
      value: "500m",
    });
  });

  it("restores the owner's notation even if the weight is equal, because GitOps compares texts", () => {
    expect(patch(routeOf(["web", 0], ["east", 100], ["west", 0]), { web: ["18"], east: ["0"], west: ["0"] }).slice(1, 4)).toEqual([
      { op: "replace", path: "/spec/backends/0/weight", value: "18" },
      { op: "replace", path: "/spec/backends/1/weight", value: "0" },
      { op: "replace", path: "/spec/backends/2/weight", value: "0" },
    ]);
  });

  it("leaves no string among its numbers, because an API version that accepts only numbers would refuse the object", () => {
    const operations = patch(routeOf(["web", "18"], ["east", "0"], ["west", "0"]), { web: [0], east: [100], west: [0] });
    expect(operations[3]).toEqual({ op: "replace", path: "/spec/backends/2/weight", value: 0 });
  });

  it("is empty if no weight differs, even if the memory does: the annotation is never written alone", () => {
    expect(patch(routeOf(["web", 1], ["east", 0]), { web: [1], east: [0] })).toEqual([]);
  });

  it("does not change an annotation that is equal already", () => {
    const annotations = { [STATE_ANNOTATION]: writeMemory(MEMORY) };
    const route = trafficSplitCodec.read(trafficSplit(backends(["web", 1], ["east", 0]), { annotations }));
    expect(patch(route, { web: [0], east: [1] }).map((o) => o.path)).toEqual([
      "/metadata/resourceVersion",
      "/spec/backends/0/weight",
      "/spec/backends/1/weight",
    ]);
  });

  it("throws for desired weights of another route", () => {
    const route = routeOf(["web", 1], ["east", 0]);
    expect(() => patch(route, { west: [1] })).toThrow("backend west");
    expect(() => patch(route, { web: [1, 2] })).toThrow("1 weights, not 2");
    expect(() => trafficSplitCodec.patch(route, { memory: MEMORY, splits: [{ name: "1", backends: [] }] })).toThrow("split 1");
  });
});

describe("the patched object", () => {
  const spelling = fc.oneof(
    fc.nat(1_000),
    fc.double({ min: 0, max: 10, noNaN: true }).map((n) => (n === 0 ? 0 : n)),
    fc.nat(9_999).map((n) => `${n}m`),
    fc.nat(99).map(String),
  );

  it("is as desired, and no other byte has changed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIXTURES), fc.array(spelling, { minLength: 9, maxLength: 9 }), (name, spellings) => {
        const before = fixture(name);
        const route = trafficSplitCodec.read(before);
        let next = 0;
        const desired = (route.splits[0]?.backends ?? []).map(
          ({ backend, entries }) => [backend, entries.map(() => spellings[next++] ?? 0)] as const,
        );
        const after = apply(before, patch(route, Object.fromEntries(desired)));
        const reread = trafficSplitCodec.read(after);
        const live = (reread.splits[0]?.backends ?? []).map((b) => [b.backend, b.weight]);
        expect(live).toEqual(desired.map(([backend, own]) => [backend, weightOfAll(own)]));
        expect(JSON.stringify(withoutOurs(after))).toBe(JSON.stringify(withoutOurs(before)));
      }),
    );
  });
});

/** The part of JSON Patch that we use: `add` and `replace` of object members. */
function apply(document: unknown, operations: JsonPatch): unknown {
  const copy = structuredClone(document);
  for (const operation of operations) {
    const steps = operation.path
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const key = steps.pop() ?? "";
    const parent = steps.reduce<Record<string, unknown>>(
      (at, step) => at[step] as Record<string, unknown>,
      copy as Record<string, unknown>,
    );
    if (parent === undefined || Array.isArray(parent) || operation.op === "remove" || operation.op === "test")
      throw new Error(`not expected: ${operation.path}`);
    if (operation.op === "replace" && !Object.hasOwn(parent, key)) throw new Error(`nothing to replace: ${operation.path}`);
    parent[key] = operation.value;
  }
  return copy;
}

/** The object without what we write: weights, the state annotation, and its map if that is empty without it. */
function withoutOurs(document: unknown): unknown {
  const copy = structuredClone(document) as {
    metadata: { annotations?: Record<string, unknown> };
    spec: { backends: { weight?: unknown }[] };
  };
  for (const backend of copy.spec.backends) delete backend.weight;
  delete copy.metadata.annotations?.[STATE_ANNOTATION];
  if (Object.keys(copy.metadata.annotations ?? {}).length === 0) delete copy.metadata.annotations;
  return copy;
}
