import { expect, it } from "vitest";
import { backoffMs } from "../../src/observer/backoff.ts";

it.each([
  [1, 500],
  [2, 1000],
  [4, 4000],
  [5, 5000],
  [5000, 5000],
])("after %d failures waits up to %d ms", (failures, longestMs) => {
  expect(backoffMs(failures, 1)).toBe(longestMs);
  expect(backoffMs(failures, 0.5)).toBe(longestMs / 2);
  expect(backoffMs(failures, 0)).toBe(0);
});
