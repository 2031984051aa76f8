import { describe, expect, it } from "vitest";
import { returnWeights } from "../../demo/plan.ts";
import { type Chronicle, checks } from "../../demo/story.ts";

const STEPS = returnWeights();
const FAIL_AFTER_MS = 4_000;

const GOOD: Chronicle = {
  writes: [
    { atMs: 27_000, primary: 0, standby: 100 },
    { atMs: 42_000, primary: 5, standby: 95 },
    { atMs: 48_000, primary: 25, standby: 75 },
    { atMs: 54_000, primary: 50, standby: 50 },
    { atMs: 60_000, primary: 100, standby: 0 },
  ],
  faultAtMs: 19_000,
  healedAtMs: 35_000,
  strayRequests: 0,
  withController: { requests: 3_000, errors: 180 },
  without: { requests: 3_000, errors: 400 },
  ownersPartKept: true,
};

function failed(chronicle: Chronicle): string[] {
  return checks(chronicle, STEPS, FAIL_AFTER_MS)
    .filter(({ ok }) => !ok)
    .map(({ text }) => text);
}

const [shift, ...back] = GOOD.writes;

describe("checks", () => {
  it("pass for a correct story", () => {
    expect(failed(GOOD)).toEqual([]);
  });

  it.each<[string, Partial<Chronicle>, string]>([
    [
      "a write before the fault",
      { writes: [{ atMs: 5_000, primary: 50, standby: 50 }, ...GOOD.writes] },
      "no weight changed before the fault",
    ],
    ["a shift too early", { writes: [{ ...shift!, atMs: 22_999 }, ...back] }, "it came no earlier than failAfter"],
    [
      "half a shift first",
      { writes: [{ atMs: 26_000, primary: 50, standby: 50 }, ...GOOD.writes] },
      "the first write moved all traffic away from the failing primary",
    ],
    ["requests while out", { strayRequests: 1 }, "the primary got no request while it was out"],
    ["a return before the cure", { healedAtMs: 43_000 }, "no traffic returned before the primary was healed"],
    ["a filter by the owner lost", { ownersPartKept: false }, "of labels and spec, only weights changed, and they are the owner's again"],
    ["as many errors as without", { without: GOOD.withController }, "users saw fewer errors than without the controller"],
  ])("find %s", (_what, change, text) => {
    expect(failed({ ...GOOD, ...change })).toEqual([text]);
  });

  it.each([
    ["a step left out", [back[0]!, back[2]!, back[3]!]],
    ["steps in another order", [back[1]!, back[0]!, back[2]!, back[3]!]],
    ["a relapse", [back[0]!, shift!, ...back]],
    ["no end", back.slice(0, 3)],
  ])("find a return with %s", (_what, writes) => {
    expect(failed({ ...GOOD, writes: [shift!, ...writes] })).toEqual(["traffic returned by all steps: 5/95, 25/75, 50/50, 100/0"]);
  });

  it("mostly fail if nothing happened", () => {
    expect(failed({ ...GOOD, writes: [], faultAtMs: null, healedAtMs: null })).toHaveLength(6);
  });
});
