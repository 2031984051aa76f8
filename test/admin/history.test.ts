import { describe, expect, it } from "vitest";
import { CALM_EVERY_MS, HISTORY_MS, History, SAMPLE_HOLDS_MS } from "../../src/admin/history.ts";
import type { RouteState, State } from "../../src/evaluator/model/state.ts";
import { reportOf, shiftedRoute, WEB } from "./reports.ts";

const KEY = "TrafficSplit/shop/web";
const T0_MS = Date.UTC(2026, 0, 1);

/** A route that is at rest or not, with this share of good requests to `east`; null: no requests; undefined: not known. */
function route(name: string, good: number | null | undefined, shifted: boolean): RouteState {
  const base = shiftedRoute({ ...WEB, name });
  const east = base.backends.get("east");
  if (east === undefined) throw new Error("no east");
  const reading =
    good === undefined
      ? ({ state: "missing" } as const)
      : good === null
        ? ({ state: "quiet", good: 0, total: 0 } as const)
        : ({ state: "value", good: good * 300, total: 300 } as const);
  const soft = [{ signal: "successRate", cause: "successRate", opinion: "fit", interval: null, reasons: [], reading } as const];
  return { ...base, shifted, backends: new Map([["east", { ...east, judgement: { ...east.judgement, soft } }]]) };
}

const stateOf = (lastMs: number, routes: readonly RouteState[]): State => ({ ...reportOf(routes).state, lastMs });

/** Plays ticks of one route, every five seconds. */
async function played(history: History, goods: readonly (number | null | undefined)[], shifted = true): Promise<void> {
  for (const [i, good] of goods.entries()) await history.sample(stateOf(i, [route("web", good, shifted)]), T0_MS + i * 5_000);
}

describe("the history of a route", () => {
  it("has weights, success rates and request rates, and tells no requests from not known", async () => {
    const history = new History();
    await played(history, [1, 0.5, null, undefined, 0.9996]);
    const { east, web } = history.of(KEY, 0);
    expect(east?.at.map((ms) => ms - T0_MS)).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
    expect(east?.success).toEqual([1, 0.5, null, null, 0.9996]);
    expect(east?.seen).toEqual(["value", "value", "quiet", "unknown", "value"]);
    expect(east?.perSecond).toEqual([10, 10, 0, null, 10]);
    expect([east?.share[0], web?.share[0]]).toEqual([1, 0]);
  });

  it("writes nothing while nothing changes, but for a sign now and then", async () => {
    const history = new History();
    const ticks = (2 * SAMPLE_HOLDS_MS) / 5_000;
    await played(
      history,
      Array.from({ length: ticks }, () => 1),
    );
    expect(history.of(KEY, 0)["east"]?.at.map((ms) => ms - T0_MS)).toEqual([0, SAMPLE_HOLDS_MS]);
  });

  it("takes a healthy route at long intervals, and any other at every tick", async () => {
    const ups = Array.from({ length: 48 }, (_, i) => (i % 2 === 0 ? 1 : 0.99));
    const calm = new History();
    await played(calm, ups, false);
    expect(calm.of(KEY, 0)["east"]?.at.length).toBeLessThanOrEqual((48 * 5_000) / CALM_EVERY_MS + 1);
    const busy = new History();
    await played(busy, ups);
    expect(busy.of(KEY, 0)["east"]?.at).toHaveLength(48);
  });

  it("takes what came too soon after a sample later, though the route's state stays the same", async () => {
    const history = new History();
    const after = route("web", 0.99, false);
    await history.sample(stateOf(1, [route("web", 1, false)]), T0_MS);
    for (let tick = 1; tick <= 2 * (CALM_EVERY_MS / 5_000); tick++) await history.sample(stateOf(1 + tick, [after]), T0_MS + tick * 5_000);
    expect(history.of(KEY, 0)["east"]?.success).toEqual([1, 0.99]);
  });

  it("adds no tick twice", async () => {
    const history = new History();
    const state = stateOf(1, [route("web", 1, true)]);
    await history.sample(state, T0_MS);
    await history.sample({ ...state, routes: new Map([[KEY, route("web", 0, true)]]) }, T0_MS + 5_000);
    expect(history.of(KEY, 0)["east"]?.success).toEqual([1]);
  });

  it("begins an answer with the sample that held at its start", async () => {
    const history = new History();
    await played(history, [1, 0.5, 0.4, 0.3]);
    expect(history.of(KEY, T0_MS + 12_000)["east"]?.success).toEqual([0.4, 0.3]);
  });

  it("never keeps more samples than its limit, and forgets the oldest", async () => {
    const history = new History(100);
    await played(
      history,
      Array.from({ length: 500 }, (_, i) => (i % 10) / 10),
    );
    const { east } = history.of(KEY, 0);
    expect(history.written).toBeGreaterThan(400);
    expect(east?.at.length).toBeLessThanOrEqual(100);
    expect(east?.at.at(-1)).toBe(T0_MS + 499 * 5_000);
    expect(east?.at.every((ms, i) => i === 0 || ms > (east.at[i - 1] ?? 0))).toBe(true);
  });

  it("keeps what it has while its room grows", async () => {
    const history = new History();
    const names = Array.from({ length: 2_000 }, (_, i) => `route-${i}`);
    for (let tick = 0; tick < 10; tick++)
      await history.sample(
        stateOf(
          tick,
          names.map((name) => route(name, tick / 10, true)),
        ),
        T0_MS + tick * 5_000,
      );
    for (const name of ["route-0", "route-1999"])
      expect(history.of(`TrafficSplit/shop/${name}`, 0)["east"]?.success).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
  });

  it("keeps nothing of deleted routes", async () => {
    const history = new History();
    await played(history, [1]);
    await history.sample(stateOf(9, []), T0_MS + 60_000);
    expect(history.of(KEY, 0)).toEqual({});
  });

  it("writes of 10 000 steady routes no more than a hundredth of all ticks", async () => {
    const history = new History();
    const routes = Array.from({ length: 10_000 }, (_, i) => route(`route-${i}`, 1, false));
    const ticks = 130;
    for (let tick = 0; tick < ticks; tick++) await history.sample(stateOf(tick, routes), T0_MS + tick * 5_000);
    expect(history.written).toBeLessThanOrEqual(2 * 2 * 10_000);
    expect(HISTORY_MS).toBe(6 * 3_600_000);
  });
});
