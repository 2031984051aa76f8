import { describe, expect, it } from "vitest";
import { Tally } from "../../demo/tally.ts";

const START_MS = 1_000_000;

describe("Tally", () => {
  it("counts requests and errors with and without a backend", () => {
    const tally = new Tally(START_MS);
    tally.count("web", true, START_MS);
    tally.count("web", false, START_MS + 10);
    tally.count(null, false, START_MS + 20);
    expect([tally.requests, tally.errors]).toEqual([3, 2]);
  });

  it("has the last whole second, not the current one", () => {
    const tally = new Tally(START_MS);
    tally.count("web", false, START_MS + 1_500);
    expect(tally.lastSecond("web", START_MS + 1_900)).toEqual({ requests: 0, errors: 0 });
    expect(tally.lastSecond("web", START_MS + 2_000)).toEqual({ requests: 1, errors: 1 });
    expect(tally.lastSecond("east", START_MS + 2_000)).toEqual({ requests: 0, errors: 0 });
  });

  it("has the errors of the last seconds, with zeros", () => {
    const tally = new Tally(START_MS);
    for (const second of [1, 1, 3]) tally.count("web", false, START_MS + second * 1_000);
    expect(tally.errorsASecond(10, START_MS + 5_000)).toEqual([0, 2, 0, 1, 0]);
    expect(tally.errorsASecond(2, START_MS + 5_000)).toEqual([1, 0]);
    expect(tally.errorsASecond(10, START_MS + 500)).toEqual([]);
  });
});
