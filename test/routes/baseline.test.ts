import { describe, expect, it } from "vitest";
import { type Reconciled, reconcileBaseline } from "../../src/routes/baseline.ts";
import type { Memory, Route, Spellings } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { routeOf } from "./routeObjects.ts";

function memoryOf(baseline: Record<string, Spellings>, written: Record<string, number>): Memory {
  return { splits: { "0": { baseline, written } }, backends: {} };
}

/** The baseline has all weight on web; we have shifted it to east. */
const MOVED = memoryOf({ web: [100], east: [0] }, { web: 0, east: 100 });

function baselineOf(route: Route, memory: Memory | null): [Reconciled["source"], Record<string, Spellings>] {
  const { source, splits } = reconcileBaseline(route, memory);
  return [source, { ...splits["0"]?.baseline }];
}

describe("without a state annotation", () => {
  it("the live weights are the baseline, in the owner's notation", () => {
    expect(baselineOf(routeOf(["web", "500m"], ["east", 0.5], ["west", undefined]), null)).toEqual([
      "live",
      { web: ["500m"], east: [0.5], west: [0] },
    ]);
  });

  it("a zero is what the owner wants, also for the primary", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 1]), null)).toEqual(["live", { web: [0], east: [1] }]);
  });

  it("all zero is evaluated as primary 100", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 0]), null)).toEqual(["live", { web: [100], east: [0] }]);
  });

  it("all zero is evaluated as 100 of the primary that is named, or of the first backend of a split without it", () => {
    const zeros = routeOf(["web", 0], ["east", 0]);
    expect(baselineOf({ ...zeros, primary: "east", namesPrimary: true }, null)[1]).toEqual({ web: [0], east: [100] });
    expect(baselineOf({ ...zeros, primary: "north", namesPrimary: true }, null)[1]).toEqual({ web: [100], east: [0] });
  });

  it("a standby's zero is no sign of a failover", () => {
    expect(baselineOf(routeOf(["web", 5], ["east", 0]), null)).toEqual(["live", { web: [5], east: [0] }]);
  });

  it("nothing was written", () => {
    const { splits } = reconcileBaseline(routeOf(["web", "5"], ["east", 0]), null);
    const baseline = { web: ["5"], east: [0] };
    expect(splits["0"]).toEqual({ baseline, owners: baseline, written: null, live: { web: 5, east: 0 } });
  });

  it("a route without splits has no baselines", () => {
    expect(reconcileBaseline(trafficSplitCodec.read(null), MOVED)).toEqual({ splits: {}, source: "live" });
  });
});

describe("with a state annotation", () => {
  it("a backend with several remembered weights and one entry has at most the largest weight", () => {
    const memory = memoryOf({ web: [1e12, 1e12], east: [0] }, { web: 0, east: 100 });
    expect(baselineOf(routeOf(["web", 0], ["east", 100]), memory)).toEqual(["ours", { web: [1e12], east: [0] }]);
  });

  it("live weights equal to what we last wrote are ours", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 100]), MOVED)).toEqual(["ours", { web: [100], east: [0] }]);
  });

  it("live weights equal to the baseline are a re-apply", () => {
    expect(baselineOf(routeOf(["web", 100], ["east", 0]), MOVED)).toEqual(["reapplied", { web: [100], east: [0] }]);
  });

  it("any other live weights are the owner's new baseline", () => {
    expect(baselineOf(routeOf(["web", 60], ["east", "40"]), MOVED)).toEqual(["owner", { web: [60], east: ["40"] }]);
  });

  it("all zero by the owner is evaluated as primary 100", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 0]), MOVED)).toEqual(["owner", { web: [100], east: [0] }]);
  });

  it("a primary at 0 by the owner stays at 0", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 50]), MOVED)).toEqual(["owner", { web: [0], east: [50] }]);
  });

  it("what we wrote is ours even if it equals the baseline", () => {
    const home = memoryOf({ web: [100], east: [0] }, { web: 100, east: 0 });
    expect(baselineOf(routeOf(["web", 100], ["east", 0]), home)[0]).toBe("ours");
  });

  it("weights are compared as numbers in any notation, and the owner's last notation is kept", () => {
    const memory = memoryOf({ web: ["500m"], east: [1_000_000] }, { web: 0, east: 2 });
    expect(baselineOf(routeOf(["web", 0.5], ["east", "1000000"]), memory)).toEqual(["reapplied", { web: [0.5], east: ["1000000"] }]);
    expect(baselineOf(routeOf(["web", "0"], ["east", "2"]), memory)).toEqual(["ours", { web: ["500m"], east: [1_000_000] }]);
    const home = memoryOf({ web: ["500m"], east: [2] }, { web: 0.5, east: 2 });
    expect(baselineOf(routeOf(["web", "0.5"], ["east", "2"]), home)).toEqual(["ours", { web: ["0.5"], east: ["2"] }]);
  });

  it("a new backend's live weight joins the baseline", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 100], ["west", 30]), MOVED)).toEqual(["ours", { web: [100], east: [0], west: [30] }]);
    expect(baselineOf(routeOf(["web", 100], ["east", 0], ["west", 30]), MOVED)).toEqual([
      "reapplied",
      { web: [100], east: [0], west: [30] },
    ]);
  });

  it("a deleted backend does not change the baseline of the others", () => {
    const memory = memoryOf({ web: [80], east: [20], west: [0] }, { web: 0, east: 0, west: 100 });
    expect(baselineOf(routeOf(["web", 0], ["west", 100]), memory)).toEqual(["ours", { web: [80], west: [0] }]);
    expect(reconcileBaseline(routeOf(["web", 0], ["west", 100]), memory).splits["0"]?.written).toEqual({ web: 0, west: 100 });
  });

  it("if no remaining backend has weight in the baseline, the primary has 100", () => {
    expect(
      baselineOf(routeOf(["east", 100], ["west", 0]), memoryOf({ web: [100], east: [0], west: [0] }, { web: 0, east: 100, west: 0 })),
    ).toEqual(["ours", { east: [100], west: [0] }]);
  });

  it("a split without a known backend is treated as without memory", () => {
    expect(baselineOf(routeOf(["new", 0], ["newer", 9]), MOVED)).toEqual(["live", { new: [0], newer: [9] }]);
    expect(reconcileBaseline(routeOf(["new", 0], ["newer", 9]), MOVED).splits["0"]?.written).toBeNull();
  });

  it("a split that is not in the memory is treated as without memory", () => {
    const other: Memory = { splits: { front: { baseline: {}, written: {} } }, backends: {} };
    expect(baselineOf(routeOf(["web", 0], ["east", 9]), other)).toEqual(["live", { web: [0], east: [9] }]);
  });

  it("a backend in only one part of the memory is new", () => {
    const half = memoryOf({ web: [100], east: [0], west: [5] }, { web: 0, east: 100 });
    expect(baselineOf(routeOf(["web", 0], ["east", 100], ["west", 3]), half)).toEqual(["ours", { web: [100], east: [0], west: [3] }]);
  });

  it("after a change in the number of its entries, a baseline is in the first entry", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 100], ["web", 0]), MOVED)).toEqual(["ours", { web: [100, 0], east: [0] }]);
    const twice = memoryOf({ web: [60, "40"], east: [0] }, { web: 0, east: 100 });
    expect(baselineOf(routeOf(["web", 0], ["east", 100]), twice)).toEqual(["ours", { web: [100], east: [0] }]);
  });

  it("a Service with the name of an inherited property is new", () => {
    expect(baselineOf(routeOf(["web", 0], ["east", 100], ["constructor", 3]), MOVED)).toEqual([
      "ours",
      { web: [100], east: [0], constructor: [3] },
    ]);
  });
});

describe("with several splits", () => {
  const splitOf = (name: string, web: number, east: number) => {
    const [split] = routeOf(["web", web], ["east", east]).splits;
    if (split === undefined) throw new Error("a split is needed");
    return { ...split, name };
  };
  const routeWith = (...splits: Route["splits"]): Route => ({ ...routeOf(["web", 1], ["east", 0]), splits });
  const both: Memory = {
    splits: {
      a: { baseline: { web: [100], east: [0] }, written: { web: 0, east: 100 } },
      b: { baseline: { web: [10], east: [0] }, written: { web: 0, east: 10 } },
    },
    backends: {},
  };
  it.each<[string, [number, number], [number, number], string]>([
    ["owner before reapplied", [100, 0], [3, 4], "owner"],
    ["owner before ours", [0, 100], [3, 4], "owner"],
    ["reapplied before ours", [0, 100], [10, 0], "reapplied"],
    ["ours if all are", [0, 100], [0, 10], "ours"],
  ])("%s", (_, a, b, source) => {
    expect(reconcileBaseline(routeWith(splitOf("a", ...a), splitOf("b", ...b)), both).source).toBe(source);
  });

  it("each is compared separately", () => {
    const { splits } = reconcileBaseline(routeWith(splitOf("a", 0, 100), splitOf("b", 3, 4)), both);
    expect(splits["a"]?.baseline).toEqual({ web: [100], east: [0] });
    expect(splits["b"]?.baseline).toEqual({ web: [3], east: [4] });
  });

  it("a new split does not change the source of the others", () => {
    expect(reconcileBaseline(routeWith(splitOf("a", 0, 100), splitOf("c", 0, 5)), both).source).toBe("ours");
  });

  it("a new split's zeros are the owner's, also while the primary is out", () => {
    const route = routeWith(splitOf("a", 0, 100), splitOf("new", 0, 7));
    const away: Memory = { ...both, backends: { web: { phase: "out", sinceMs: 0 } } };
    expect(reconcileBaseline(route, away).splits["new"]?.baseline).toEqual({ web: [0], east: [7] });
  });
});

describe("a change of the primary", () => {
  const named = (primary: string, ...pairs: Parameters<typeof routeOf>): Route => ({ ...routeOf(...pairs), primary, namesPrimary: true });
  const shifted = (primary?: string | null): Memory => ({ ...MOVED, ...(primary === undefined ? {} : { primary }) });

  it.each<[string, string | null, Route]>([
    ["is named for the first time", null, named("east", ["web", 0], ["east", 100])],
    ["is another one", "web", named("east", ["web", 0], ["east", 100])],
    ["is no longer named", "east", routeOf(["web", 0], ["east", 100])],
  ])("makes the live weights the baseline if it %s", (_, before, route) => {
    expect(baselineOf(route, shifted(before))).toEqual(["owner", { web: [0], east: [100] }]);
  });

  it.each<[string, string | null | undefined, Route]>([
    ["the same one is named", "web", named("web", ["web", 0], ["east", 100])],
    ["the first backend, which was the primary anyway, is named", null, named("web", ["web", 0], ["east", 100])],
    ["the annotation is of a version that did not remember it", undefined, named("east", ["web", 0], ["east", 100])],
    ["the backends are listed in another order", null, routeOf(["east", 100], ["web", 0])],
  ])("is none if %s", (_, before, route) => {
    expect(baselineOf(route, shifted(before))).toEqual(["ours", { web: [100], east: [0] }]);
  });
});
