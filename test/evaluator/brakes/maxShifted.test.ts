import { describe, expect, it } from "vitest";
import { Departures } from "../../../src/evaluator/brakes/departures.ts";
import type { Route } from "../../../src/routes/route.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { route } from "../../observer/fakeCodec.ts";
import { go, tell } from "../randomStory.ts";

const WITHIN_MS = 60_000;

function routesOf(counts: Readonly<Record<string, number>>): readonly Route[] {
  return Object.entries(counts).flatMap(([namespace, count]) =>
    Array.from({ length: count }, (_, i) => route(namespace, `r${i}`, ["web", "east"])),
  );
}

function departuresOf(
  routes: readonly Route[],
  share: number,
  atLeast: number,
  before: ReadonlyMap<string, number> = new Map(),
  nowMs = 0,
) {
  return new Departures(before, routes, { ...DEFAULT_RULES.brakes, maxShifted: { share, atLeast, withinMs: WITHIN_MS } }, nowMs);
}

/** How many routes of each namespace may leave if all of these wait. */
function granted(departures: Departures, waiting: readonly Route[], nowMs = 0): Record<string, number> {
  const keys = departures.grant(waiting, nowMs);
  const counts: Record<string, number> = {};
  for (const { key, namespace } of waiting) if (keys.has(key)) counts[namespace] = (counts[namespace] ?? 0) + 1;
  return counts;
}

describe("as many routes may leave", () => {
  it.each([
    [12, 0.5, 2, 6],
    [12, 0.25, 2, 3],
    [5, 0.5, 2, 2],
    [3, 0.5, 2, 2],
    [12, 0, 1, 1],
  ])("of %i as a share of %d, or at least %i: %i", (count, share, atLeast, expected) => {
    const routes = routesOf({ shop: count });
    expect(granted(departuresOf(routes, share, atLeast), routes)).toEqual({ shop: expected });
  });

  it("less those that left within the sliding time", () => {
    const routes = routesOf({ shop: 8 });
    const left = new Map([
      [routes[0]?.key ?? "", 0],
      [routes[1]?.key ?? "", 30_000],
    ]);
    const waiting = routes.slice(2);
    expect(granted(departuresOf(routes, 0.5, 2, left, 59_999), waiting)).toEqual({ shop: 2 });
    expect(granted(departuresOf(routes, 0.5, 2, left, 60_000), waiting)).toEqual({ shop: 3 });
  });

  it("and one that has just left may leave again without another slot", () => {
    const routes = routesOf({ shop: 4 });
    const departures = departuresOf(routes, 0.5, 2);
    expect(granted(departures, routes.slice(0, 2))).toEqual({ shop: 2 });
    expect(granted(departures, routes)).toEqual({ shop: 2 });
  });
});

describe("the namespaces share what may leave", () => {
  it("in proportion to their routes while several wait", () => {
    const routes = routesOf({ big: 16, small: 4 });
    expect(granted(departuresOf(routes, 0.5, 2), routes)).toEqual({ big: 8, small: 2 });
  });

  it("so that one of many routes does not take a small one's part", () => {
    const routes = routesOf({ big: 100, small: 1 });
    expect(granted(departuresOf(routes, 0, 2), routes)).toEqual({ big: 1, small: 1 });
  });

  it("and one that waits alone gets all of it", () => {
    const routes = routesOf({ big: 16, small: 4 });
    const small = routes.filter(({ namespace }) => namespace === "small");
    expect(granted(departuresOf(routes, 0.5, 2), small)).toEqual({ small: 4 });
  });

  it("with what each has used before", () => {
    const routes = routesOf({ one: 4, two: 4 });
    const left = new Map(routes.slice(0, 3).map(({ key }) => [key, 0]));
    expect(granted(departuresOf(routes, 0.5, 2, left, 1), routes.slice(3))).toEqual({ two: 1 });
  });

  it("and what is over goes to the one that has used least, however they are listed", () => {
    const routes = routesOf({ one: 2, two: 3 });
    const [old, next, ...two] = routes;
    const left = new Map([old, two[0], two[1]].map((own) => [own?.key ?? "", 0]));
    for (const waiting of [routes, routes.toReversed()]) {
      // A route that leaves again uses nothing, also of its namespace's part.
      const keys = departuresOf(routes, 0.8, 2, left, 1).grant(waiting, 1);
      expect([...keys].filter((key) => !left.has(key))).toEqual([next?.key]);
    }
  });
});

describe("what counts", () => {
  const BAD = ["a: 10% good", "b: 10% good", "c: 10% good", "d: 10% good"];
  function story(): Story {
    const own = new Story(DEFAULT_RULES);
    for (const name of ["a", "b", "c", "d"]) tell(own, `split ${name}: ${name} 100, ${name}2 0`);
    tell(own, "traffic 40/s");
    go(own, 12);
    return own;
  }
  const shifted = (own: Story) => [...own.splits.values()].filter(({ weights }) => weights[0]?.[1] === 0).map(({ name }) => name);

  it("is a departure because of metrics, not one of readiness", () => {
    const own = story();
    tell(own, "a: no endpoints", "b: no endpoints", "c: 10% good", "d: 10% good");
    go(own, 6);
    expect(shifted(own)).toEqual(["a", "b", "c", "d"]);
  });

  it("is also what the controller wrote before it started", () => {
    const own = story();
    tell(own, ...BAD);
    go(own, 4);
    expect(shifted(own)).toEqual(["a", "b"]);
    tell(own, "restart");
    go(own, 9);
    expect(shifted(own)).toEqual(["a", "b"]);
    go(own, 6);
    expect(shifted(own)).toEqual(["a", "b", "c", "d"]);
  });

  it("is not a pinned route", () => {
    const own = story();
    tell(own, "annotate a: failover.linkerd.io/pin=a", "annotate b: failover.linkerd.io/pin=b", ...BAD);
    go(own, 6);
    expect(shifted(own)).toEqual(["c", "d"]);
  });

  it("is a write, so the time begins when it has landed", () => {
    const own = story();
    tell(own, ...BAD, "writes fail");
    go(own, 6);
    const lateMs = own.nowMs;
    tell(own, "writes land");
    go(own, 11);
    expect(shifted(own)).toEqual(["a", "b"]);
    go(own, 4);
    expect(shifted(own)).toEqual(["a", "b", "c", "d"]);
    expect(own.nowMs - lateMs).toBeGreaterThan(60_000);
  });
});
