import { expect, it } from "vitest";
import { atLeastFailures } from "../../../src/evaluator/forecast/binomial.ts";

/** How often one window of a backend with 1 % errors is below a threshold: the reason not to judge by the ratio alone. */
it.each([
  ["0.90", 10, 2, 0.0043],
  ["0.95", 10, 1, 0.096],
  ["0.95", 20, 2, 0.017],
  ["0.98", 20, 1, 0.18],
  ["0.98", 100, 3, 0.079],
])("below %s: %i requests, %i failures", (_, total, failures, probability) => {
  expect(atLeastFailures(total, failures, 0.01) / probability).toBeCloseTo(1, 1);
});

it("is 1 for what is certain, and 0 for what is impossible", () => {
  expect([atLeastFailures(10, 0, 0.01), atLeastFailures(10, 11, 0.5), atLeastFailures(10, 1, 0), atLeastFailures(10, 10, 1)]).toEqual([
    1, 0, 0, 1,
  ]);
  expect(atLeastFailures(4, 2, 0.5)).toBeCloseTo(11 / 16, 12);
  expect(atLeastFailures(100_000, 900, 0.01)).toBeGreaterThan(0.999);
  expect(atLeastFailures(100_000, 50_000, 0.01)).toBe(0);
});
