import { describe, expect, it } from "vitest";
import { RateHistory } from "../../src/admin/rateHistory.ts";
import type { RouteState, State } from "../../src/evaluator/model/state.ts";
import { reportOf, shiftedRoute, WEB } from "./reports.ts";

const KEY = "TrafficSplit/shop/web";

/** A state after a tick with this success rate of `east`; null: no requests. */
function ticked(lastMs: number, rate: number | null, routes: readonly RouteState[] = [shiftedRoute()]): State {
  const seen = routes.map((route): RouteState => {
    const east = route.backends.get("east");
    if (east === undefined) throw new Error("no east");
    const reading =
      rate === null ? ({ state: "quiet", good: 0, total: 0 } as const) : ({ state: "value", good: rate * 1_000, total: 1_000 } as const);
    const soft = [{ signal: "successRate", cause: "successRate", opinion: "fit", interval: null, reasons: [], reading } as const];
    return { ...route, backends: new Map([["east", { ...east, judgement: { ...east.judgement, soft } }]]) };
  });
  return { ...reportOf(seen).state, lastMs };
}

describe("the history of success rates", () => {
  it("has the rate of each tick, oldest first, with gaps for ticks without requests", () => {
    const history = new RateHistory();
    for (const [i, rate] of [1, 0.5, null, 0.999].entries()) history.sample(ticked(i, rate));
    expect(history.of(KEY, "east")).toEqual([1, 0.5, null, 0.999]);
  });

  it("begins with the first known rate", () => {
    const history = new RateHistory();
    history.sample(ticked(1, null));
    expect(history.of(KEY, "east")).toEqual([]);
    history.sample(ticked(2, 0));
    expect(history.of(KEY, "east")).toEqual([0]);
  });

  it("adds no tick twice", () => {
    const history = new RateHistory();
    for (const atMs of [1, 1, 2, 2]) history.sample(ticked(atMs, 1));
    expect(history.of(KEY, "east")).toEqual([1, 1]);
  });

  it("keeps sixty ticks, and nothing of deleted routes and backends", () => {
    const history = new RateHistory();
    for (let i = 0; i < 100; i++) history.sample(ticked(i, i / 100));
    expect(history.of(KEY, "east")).toHaveLength(60);
    expect(history.of(KEY, "east").at(-1)).toBe(0.99);
    history.sample(ticked(101, 1, [shiftedRoute({ ...WEB, name: "other" })]));
    expect(history.of(KEY, "east")).toEqual([]);
    history.sample(ticked(102, 1));
    expect(history.of(KEY, "east")).toEqual([1]);
  });
});
