import { describe, expect, it } from "vitest";
import { playFastNoise } from "./fastNoise.ts";

/** Half an hour of each rate takes a second or two on a busy machine. */
const SLOW_MS = 60_000;
const ONE_PERCENT = { hours: 0.5, failing: 0.01, seed: 1 };

describe.each([false, true])("the rule of docs/fast-lane.md, with earlyWhenSure: %s", { timeout: SLOW_MS }, (earlyWhenSure) => {
  it.each([1, 4, 20, 100, 1_000])("moves nothing while one in a hundred of %d requests a second fails", (perSecond) => {
    expect(playFastNoise({ ...ONE_PERCENT, perSecond, earlyWhenSure }).moves).toBe(0);
  });

  it("moves the traffic where 40 % fail, again and again", () => {
    const { suspicions, moves } = playFastNoise({ hours: 0.1, perSecond: 20, failing: 0.4, seed: 1, earlyWhenSure });
    expect(moves).toBeGreaterThan(10);
    expect(suspicions).toBeGreaterThanOrEqual(moves - 1);
  });
});
