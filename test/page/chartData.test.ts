import { describe, expect, it } from "vitest";
import { niceTop, pointAt, seriesIn, stack, successFloor, ticksOf } from "../../src/page/chartData.ts";
import { joined, newestMs } from "../../src/page/routeHistory.ts";

const samples = (at: readonly number[], share: readonly number[], success: readonly (number | null)[] = at.map(() => 1)) => ({
  ...{ at, share, success, perSecond: at.map(() => 2) },
  seen: success.map((rate) => (rate === null ? "quiet" : "value")),
});
const HISTORY = { web: samples([0, 100], [1, 0.25], [1, 0.5]), east: samples([0, 100], [0, 0.75]) };

describe("the data of the chart", () => {
  it("has each sample until the next one, cut to the range", () => {
    const [web] = seriesIn(HISTORY, ["web"], { fromMs: 50, toMs: 150 });
    expect(web?.points.map(({ fromMs, toMs, share }) => [fromMs, toMs, share])).toEqual([
      [50, 100, 1],
      [100, 150, 0.25],
    ]);
    expect([50, 99, 100, 150].map((ms) => web && pointAt(web, ms)?.success)).toEqual([1, 1, 0.5, 0.5]);
    expect(web && pointAt(web, 49)).toBeUndefined();
  });

  it("stacks the weights, and leaves nothing between them", () => {
    const range = { fromMs: 0, toMs: 200 };
    const [web, east] = stack(seriesIn(HISTORY, ["web", "east"], range), range);
    expect(web?.steps.map(({ low, high }) => [low, high])).toEqual([
      [0, 1],
      [0, 0.25],
    ]);
    expect(east?.steps.map(({ low, high }) => [low, high])).toEqual([
      [1, 1],
      [0.25, 1],
    ]);
  });

  it("scales success rates so that the lowest one and the threshold are in it", () => {
    const floor = (rate: number, threshold: number | null) =>
      successFloor(seriesIn({ web: samples([0], [1], [rate]) }, ["web"], { fromMs: 0, toMs: 1 }), threshold);
    expect([floor(1, null), floor(1, 0.9), floor(0.6, 0.9), floor(0.1, 0.9)]).toEqual([0.95, 0.8, 0.5, 0]);
  });

  it("has round scales", () => {
    expect([0, 0.3, 7, 40, 41, 212, 1_000].map(niceTop)).toEqual([1, 0.5, 10, 50, 50, 500, 1_000]);
    const hour = 3_600_000;
    expect(ticksOf({ fromMs: 1, toMs: 6 * hour }, 6, 0)).toEqual([1, 2, 3, 4, 5].map((hours) => hours * hour));
    expect(ticksOf({ fromMs: 0, toMs: 15 * 60_000 }, 3, 0)).toEqual([0, 300_000, 600_000]);
  });
});

describe("a history that is read in parts", () => {
  it("is as if it was read at once", () => {
    const later = { web: samples([100, 200], [0.25, 0.5], [0.5, 0.9]), east: samples([100, 200], [0.75, 0.5]) };
    expect(joined(HISTORY, later)["web"]).toEqual(samples([0, 100, 200], [1, 0.25, 0.5], [1, 0.5, 0.9]));
  });

  it("drops what was removed from the route, and takes what is new", () => {
    expect(joined(HISTORY, { east: samples([100], [0.75]), west: samples([150], [0.1]) })).toEqual({
      east: samples([0, 100], [0, 0.75]),
      west: samples([150], [0.1]),
    });
  });

  it("is asked for from where the backend that is furthest behind ends", () => {
    expect(newestMs({ web: samples([0, 100], [1, 1]), east: samples([0, 50], [0, 0]) })).toBe(50);
    expect(newestMs({})).toBeNull();
  });
});
