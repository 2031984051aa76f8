import { describe, expect, it } from "vitest";
import { averageShares, leastShareSince, leastShares, type WeightsSince } from "../../../src/evaluator/model/weightHistory.ts";

const since = (atMs: number, web: number): WeightsSince => ({
  atMs,
  shares: new Map([
    ["web", web],
    ["east", 1 - web],
  ]),
});

const MOVED = [since(0, 1), since(60_000, 0)];

describe("shares over time", () => {
  it("are averaged over the span", () => {
    expect(averageShares(MOVED, 70_000, 20_000).get("east")).toBeCloseTo(0.5);
    expect(averageShares(MOVED, 60_000, 20_000).get("east")).toBe(0);
  });

  it("of a time before the last change do not know of it", () => {
    expect(averageShares(MOVED, 50_000, 20_000).get("web")).toBe(1);
  });

  it("are least where the window ended before the weight came", () => {
    const least = leastShares(MOVED, 70_000, 20_000, 15_000);
    expect([least.get("web"), least.get("east")]).toEqual([0.5, 0]);
  });

  it("are least between two tenures, too", () => {
    const twice = [since(0, 0), since(40_000, 1), since(50_000, 0)];
    expect(averageShares(twice, 52_000, 10_000).get("east")).toBeCloseTo(0.2);
    expect(averageShares(twice, 37_000, 10_000).get("east")).toBe(1);
    expect(leastShares(twice, 52_000, 10_000, 15_000).get("east")).toBe(0);
  });

  it("are least at a moment, however short it was", () => {
    const away = [since(0, 1), since(60_000, 0), since(61_000, 0.5)];
    expect(leastShareSince(away, "web", 60_500)).toBe(0);
    expect(leastShareSince(away, "web", 61_000)).toBe(0.5);
    expect(leastShareSince(away, "web", 0)).toBe(0);
    expect(leastShareSince(away, "gone", 0)).toBe(0);
  });

  it("are as they are once the weight has been there for longer than counts are late", () => {
    expect(leastShares(MOVED, 100_000, 20_000, 15_000).get("east")).toBe(1);
  });
});
