import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LONGEST_MEMORY, readMemory, writeMemory } from "../../src/routes/memory.ts";
import { type BackendMemory, CAUSES, type Memory } from "../../src/routes/route.ts";

const MEMORY: Memory = {
  writer: "pod-1_5f0c",
  splits: { "0": { baseline: { web: ["500m", 0], "web-east": [0.5] }, written: { web: 0, "web-east": 1 } } },
  backends: { web: { phase: "returning", sinceMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6), step: 1, cause: "readiness", relapses: 2 } },
};

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
const backend = fc.oneof(
  name,
  fc.constant("constructor"),
  fc.tuple(name, name).map(([a, b]) => `${a}.${b}`),
);
const spelling = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }).map((n) => (n === 0 ? 0 : n)),
  fc.nat(1_000_000),
  fc.nat(1_000_000).map((n) => `${n}m`),
);
const split = fc.record({
  baseline: fc.dictionary(backend, fc.array(spelling, { minLength: 1, maxLength: 3 }), { maxKeys: 5 }),
  written: fc.dictionary(backend, fc.nat(1_000_000), { maxKeys: 5 }),
});
const backendMemory: fc.Arbitrary<BackendMemory> = fc.record(
  {
    phase: fc.constantFrom("serving", "out", "returning"),
    sinceMs: fc.integer({ min: 0, max: Date.UTC(9999, 0) }),
    step: fc.nat(10),
    cause: fc.constantFrom(...CAUSES),
    relapses: fc.nat(50),
  },
  { requiredKeys: ["phase", "sinceMs"] },
);
const memory: fc.Arbitrary<Memory> = fc.record(
  {
    writer: fc.string({ maxLength: 100 }),
    splits: fc.dictionary(name, split, { maxKeys: 4 }),
    backends: fc.dictionary(backend, backendMemory, { maxKeys: 5 }),
  },
  { requiredKeys: ["splits", "backends"] },
);

describe("the state annotation", () => {
  it("is compact, in a fixed order, with readable times", () => {
    expect(writeMemory(MEMORY)).toBe(
      '{"version":1,"writer":"pod-1_5f0c","splits":{"0":{"baseline":{"web":["500m",0],"web-east":[0.5]},"written":{"web":0,"web-east":1}}},' +
        '"backends":{"web":{"phase":"returning","since":"2026-01-02T03:04:05.006Z","step":1,"cause":"readiness","relapses":2}}}',
    );
  });

  it("is read as it was written", () => {
    fc.assert(
      fc.property(memory, (m) => {
        expect(readMemory(writeMemory(m))).toEqual(m);
      }),
    );
  });

  it("has the same text for the same memory, built in any order", () => {
    fc.assert(
      fc.property(memory, (m) => {
        const reversed = { ...m, splits: reverse(m.splits), backends: reverse(m.backends) };
        expect(writeMemory(reversed)).toBe(writeMemory(m));
      }),
    );
  });

  it("ignores inherited properties", () => {
    const read = readMemory(writeMemory(MEMORY));
    expect(read?.backends["constructor"]).toBeUndefined();
    expect(read?.splits["constructor"]).toBeUndefined();
  });

  it("ignores unknown keys", () => {
    expect(
      readMemory('{"version":1,"splits":{},"backends":{"web":{"phase":"out","since":"2026-01-02T03:04:05Z","mood":1}},"x":[]}'),
    ).toEqual({
      splits: {},
      backends: { web: { phase: "out", sinceMs: Date.UTC(2026, 0, 2, 3, 4, 5) } },
    });
  });
});

describe("an unreadable annotation counts as absent", () => {
  const withText = (change: (text: string) => string) => change(writeMemory(MEMORY));
  const many = (count: number, value: unknown) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, value]));
  const whole = (splits: unknown, own: unknown = {}) => JSON.stringify({ version: 1, splits, backends: own });
  it.each<[string, string | undefined]>([
    ["nothing", undefined],
    ["an empty text", ""],
    ["no JSON", "{"],
    ["another type", "[]"],
    ["null", "null"],
    ["deep nesting", "[".repeat(60_000)],
    ["another version", withText((t) => t.replace('"version":1', '"version":2'))],
    ["no version", withText((t) => t.replace('"version":1,', ""))],
    ["an unknown phase", withText((t) => t.replace("returning", "suspect"))],
    ["an unknown cause", withText((t) => t.replace("readiness", "boredom"))],
    ["an unreadable time", withText((t) => t.replace("2026-01-02T", "yesterday "))],
    ["a negative weight", withText((t) => t.replace('"written":{"web":0', '"written":{"web":-1'))],
    ["an absurd weight", withText((t) => t.replace('"written":{"web":0', '"written":{"web":1e300'))],
    ["a text that is no weight", withText((t) => t.replace("500m", "lots"))],
    ["a baseline without entries", withText((t) => t.replace("[0.5]", "[]"))],
    ["half a step", withText((t) => t.replace('"step":1', '"step":0.5'))],
    ["an invalid Service name", withText((t) => t.replaceAll('"web-east"', '"Web East"'))],
    ["too many splits", whole(many(513, { baseline: {}, written: {} }))],
    ["too many backends in a split", whole({ "0": { baseline: many(101, [1]), written: {} } })],
    ["too many entries", whole({ "0": { baseline: { web: Array.from({ length: 101 }, () => 1) }, written: {} } })],
    ["too long a writer", withText((t) => t.replace("pod-1", "p".repeat(400)))],
    ["too long a text", withText((t) => t.replace("{", `{${" ".repeat(LONGEST_MEMORY)}`))],
  ])("%s", (_, text) => {
    expect(readMemory(text)).toBeNull();
  });

  it("but the same texts without the mistake are read", () => {
    expect(readMemory(writeMemory(MEMORY))).not.toBeNull();
    expect(readMemory(whole(many(128, { baseline: many(1, [1]), written: {} })))).not.toBeNull();
    expect(readMemory(whole({ "0": { baseline: many(100, [1]), written: {} } }))).not.toBeNull();
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = readMemory(text);
        expect(read === null || typeof read === "object").toBe(true);
      }),
    );
  });
});

function reverse<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).reverse());
}
