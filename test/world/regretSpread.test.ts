import { describe, expect, it } from "vitest";
import { regretSpread } from "./regretSpread.ts";

const story = (seed: number, withUs: number) => ({ seed, users: { requests: 100, withUs, without: 50, bestSingle: 20, lawful: 0 } });

describe("regretSpread", () => {
  it("has the median, the 99th percentile and the worst seed", () => {
    const stories = Array.from({ length: 200 }, (_, seed) => story(seed, seed / 4));
    const { withUs, regret } = regretSpread(stories);
    expect(withUs).toEqual({ median: 0.25, p99: 0.495, worst: 0.4975, worstSeed: 199 });
    expect(regret.median).toBeCloseTo(0.05);
  });

  it("leaves out stories without requests", () => {
    const none = { seed: 7, users: { requests: 0, withUs: 0, without: 0, bestSingle: 0, lawful: 0 } };
    expect(regretSpread([none, story(1, 10)]).withUs).toMatchObject({ median: 0.1, worstSeed: 1 });
  });
});
