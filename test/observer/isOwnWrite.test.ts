import { describe, expect, it } from "vitest";
import { isOwnWrite } from "../../src/observer/isOwnWrite.ts";
import { FIELD_MANAGER } from "../../src/routes/lastManager.ts";
import { writeMemory } from "../../src/routes/memory.ts";
import type { Memory, Route, Split } from "../../src/routes/route.ts";
import { route } from "./fakeCodec.ts";

const BEFORE = route("shop", "web", ["web", "east"]);

/** The route as after a write of ours. */
function written(web: number, east: number, rest: Partial<Route> = {}): Route {
  const memory: Memory = {
    splits: { "0": { baseline: { web: [1], east: [1] }, written: { web: 0, east: 100 } } },
    backends: {},
    writer: "me",
    primary: null,
  };
  const weights: Readonly<Record<string, number>> = { web, east };
  const splits = BEFORE.splits.map(
    (split): Split => ({ ...split, backends: split.backends.map((own) => ({ ...own, weight: weights[own.backend] ?? 0 })) }),
  );
  const text = writeMemory(memory);
  return { ...BEFORE, splits, memory, memoryText: text, resourceVersion: "2", lastManager: FIELD_MANAGER, ...rest };
}

describe("a change of a route", () => {
  it("is our own write if it has our weights and our annotation, and nothing else has changed", () => {
    expect(isOwnWrite(BEFORE, written(0, 100), "me")).toBe(true);
  });

  it.each<[string, Route | null, Route | null]>([
    ["a new route", null, written(0, 100)],
    ["a route that is gone", BEFORE, null],
    ["weights that we did not write", BEFORE, written(50, 50)],
    ["weights that another writer changes later, under our annotation", written(0, 100), written(100, 0)],
    ["a pin beside our weights", BEFORE, written(0, 100, { pin: { backend: "web", untilMs: null } })],
    ["a freeze beside our weights", BEFORE, written(0, 100, { frozen: true })],
    ["another backend beside our weights", { ...BEFORE, splits: [] }, written(0, 100)],
  ])("is none if it is %s", (_, before, now) => {
    expect(isOwnWrite(before, now, "me")).toBe(false);
  });

  it("is none if another replica wrote it", () => {
    expect(isOwnWrite(BEFORE, written(0, 100), "other")).toBe(false);
  });
});
