import { describe, expect, it } from "vitest";
import { wilson } from "../../../src/evaluator/model/wilson.ts";

/** Golden numbers of the 95 % interval: good, total, lower, upper. */
const TABLE: readonly (readonly [number, number, number, number])[] = [
  [0, 1, 0, 0.793451],
  [1, 1, 0.206549, 1],
  [0, 10, 0, 0.277533],
  [8, 10, 0.490162, 0.943318],
  [10, 10, 0.722467, 1],
  [18, 20, 0.698966, 0.972134],
  [20, 20, 0.838875, 1],
  [45, 50, 0.786398, 0.956524],
  [90, 100, 0.825634, 0.944771],
  [99, 100, 0.945514, 0.998233],
  [100, 100, 0.963007, 1],
  [950, 1000, 0.934686, 0.96187],
  [990, 1000, 0.981691, 0.994559],
  [0, 1000, 0, 0.003827],
  [1000, 1000, 0.996173, 1],
  [49000, 50000, 0.978735, 0.981191],
];

describe("wilson", () => {
  it.each(TABLE)("%d of %d", (good, total, lower, upper) => {
    expect(wilson(good, total).lower).toBeCloseTo(lower, 6);
    expect(wilson(good, total).upper).toBeCloseTo(upper, 6);
  });

  it("gives 0..1 without requests, and clamps invalid counts", () => {
    expect(wilson(0, 0)).toEqual({ lower: 0, upper: 1 });
    expect(wilson(Number.NaN, Number.NaN)).toEqual({ lower: 0, upper: 1 });
    expect(wilson(12, 10)).toEqual(wilson(10, 10));
    expect(wilson(-1, 10)).toEqual(wilson(0, 10));
  });

  it.each([
    [0.9, 0.8, 35],
    [0.9, 0.85, 139],
    [0.95, 0.8, 9],
    [0.95, 0.9, 73],
    [0.99, 0.9, 5],
  ])("needs for threshold %d and a seen rate of %d at least %d requests", (threshold, seen, needed) => {
    const falls = (total: number) => wilson(seen * total, total).upper < threshold;
    expect(falls(needed)).toBe(true);
    expect(falls(needed - 1)).toBe(false);
  });
});
