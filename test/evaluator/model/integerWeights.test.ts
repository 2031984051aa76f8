import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integerWeights, LARGEST_SUM } from "../../../src/evaluator/model/integerWeights.ts";

describe("integerWeights", () => {
  it.each([
    ["keeps a sum of 100", [0.05, 0.95], 100, [5, 95]],
    ["makes 100 of a small sum", [0.05, 0.95], 1, [5, 95]],
    ["rounds up a sum that is not whole", [0.5, 0.5], 100.5, [51, 50]],
    ["keeps a large sum", [0.25, 0.75], 1_000, [250, 750]],
    ["caps at 100 000", [0.5, 0.5], 2_000_000, [50_000, 50_000]],
    ["takes 1 000 for a share below 1 %", [0.005, 0.995], 1, [5, 995]],
    ["takes 10 000 for a share below 0.1 %", [0.0005, 0.9995], 10, [5, 9_995]],
    ["takes 1 000 for a share of less than 1 in a larger sum", [0.0025, 0.9975], 100, [3, 997]],
    ["takes 10 000 for a share of less than 1 in 1 000", [0.0005, 0.9995], 1_000, [5, 9_995]],
    ["has no finer sum than 10 000, but keeps a larger one", [0.00001, 0.99999], 50_000, [1, 49_999]],
    ["ignores what floating point leaves of no share", [1e-17, 1], 100, [0, 100]],
    ["gives a tie to the first", [0.025, 0.975], 100, [3, 97]],
    ["gives a third to each", [1 / 3, 1 / 3, 1 / 3], 100, [34, 33, 33]],
    ["tolerates rounding errors of floating point", [0.1 + 0.2, 0.7], 100, [30, 70]],
    ["gives all to one backend", [0, 1], 100, [0, 100]],
  ])("%s", (_, shares, sum, expected) => {
    expect(integerWeights(shares, sum)).toEqual(expected);
  });

  const shares = fc
    .array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 8 })
    .filter((parts) => parts.some((part) => part > 0))
    .map((parts) => {
      const sum = parts.reduce((a, b) => a + b, 0);
      return parts.map((part) => part / sum);
    });

  it("never all zero, whole, adding up as promised, each within one of its exact share", () => {
    fc.assert(
      fc.property(shares, fc.double({ min: 0.001, max: 1e9, noNaN: true }), (parts, baselineSum) => {
        const weights = integerWeights(parts, baselineSum);
        const sum = weights.reduce((a, b) => a + b, 0);
        const rounded = Math.ceil(baselineSum - 1e-9);
        const own = Math.min(Math.max(rounded, 100), LARGEST_SUM);
        expect([own, 1_000, 10_000]).toContain(sum);
        if (sum !== own) expect(Math.min(...parts.filter((part) => part > 0)) * own).toBeLessThan(1);
        weights.forEach((weight, i) => {
          expect(Number.isInteger(weight) && weight >= 0).toBe(true);
          expect(Math.abs(weight - (parts[i] ?? 0) * sum)).toBeLessThan(1);
        });
      }),
    );
  });

  it("agrees with a simple implementation that gives out units one by one", () => {
    fc.assert(
      fc.property(shares, (parts) => {
        fc.pre(parts.every((part) => part === 0 || part >= 0.01));
        const left = parts.map((part) => part * 100);
        const simple = parts.map(() => 0);
        // First the whole units, then one unit at a time to the largest remainder.
        for (let i = 0; i < parts.length; i++)
          while ((left[i] ?? 0) >= 1 - 1e-9) [simple[i], left[i]] = [(simple[i] ?? 0) + 1, (left[i] ?? 0) - 1];
        while (simple.reduce((a, b) => a + b, 0) < 100) {
          let best = 0;
          for (let i = 1; i < left.length; i++) if ((left[i] ?? 0) > (left[best] ?? 0) + 1e-9) best = i;
          [simple[best], left[best]] = [(simple[best] ?? 0) + 1, (left[best] ?? 0) - 1];
        }
        const weights = integerWeights(parts, 100);
        // Ties within floating point may go either way, so a weight may differ by one unit.
        weights.forEach((weight, i) => expect(Math.abs(weight - (simple[i] ?? 0))).toBeLessThanOrEqual(1));
        expect(weights.reduce((a, b) => a + b, 0)).toBe(100);
      }),
    );
  });
});
