import { expect, it } from "vitest";
import { sameSharesOf } from "../../../src/evaluator/model/sameShares.ts";

it.each([
  [{ web: 1, east: 3 }, { web: 25, east: 75 }, true],
  [{ web: 1, east: 3 }, { web: 3, east: 1 }, false],
  [{ web: 1, east: 0 }, { web: 1 }, false],
  [{ web: 0, east: 0 }, { web: 0, east: 0 }, true],
  [{ web: 0 }, { web: 1 }, false],
  // Every object inherits a property `constructor`, which is no weight.
  [{ web: 50, constructor: 50 }, { web: 90, other: 10 }, false],
  [{ web: 90, other: 10 }, { web: 50, constructor: 50 }, false],
])("%j and %j send traffic the same way: %s", (a, b, same) => {
  expect(sameSharesOf(a, b)).toBe(same);
});
