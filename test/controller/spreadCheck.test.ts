import { describe, expect, it } from "vitest";
import { SpreadCheck } from "../../src/controller/spreadCheck.ts";

const SECOND_MS = 1_000;

function routes(count: number): ReadonlyMap<string, null> {
  return new Map(Array.from({ length: count }, (_, i) => [`r${i}`, null]));
}

/** How often each route is due in this many seconds, and the most in one second. */
function round(count: number, seconds: number): { readonly times: ReadonlyMap<string, number>; readonly most: number } {
  const check = new SpreadCheck();
  const times = new Map<string, number>();
  let most = 0;
  for (let second = 0; second <= seconds; second++) {
    const due = check.take(routes(count), second * SECOND_MS);
    most = Math.max(most, due.length);
    for (const key of due) times.set(key, (times.get(key) ?? 0) + 1);
  }
  return { times, most };
}

describe("the check of routes that rest", () => {
  it.each([1, 7, 60, 10_000])("takes each of %i routes once a minute, evenly", (count) => {
    const { times, most } = round(count, 60);
    expect(times.size).toBe(count);
    expect([...times.values()].every((each) => each === 1)).toBe(true);
    expect(most).toBeLessThanOrEqual(Math.ceil(count / 60) + 1);
  });

  it("takes none at once after its start, and no more than all after a long pause", () => {
    const check = new SpreadCheck();
    expect(check.take(routes(100), 5_000)).toEqual([]);
    expect(new Set(check.take(routes(100), 5_000_000)).size).toBe(100);
  });
});
