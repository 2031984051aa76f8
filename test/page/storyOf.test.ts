import { describe, expect, it } from "vitest";
import type { DecisionJson } from "../../src/admin/decisionJson.ts";
import { plain } from "../../src/page/say.ts";
import { storyOf } from "../../src/page/storyOf.ts";

const FAILOVER: DecisionJson = {
  ...{ at: "2026-01-01T00:00:00Z", kind: "HTTPRoute", namespace: "shop", name: "web", split: "0" },
  ...{ before: { web: 100, east: 0 }, after: { web: 0, east: 100 }, direction: "failover", cause: "successRate", outcome: "written" },
  reasons: [
    {
      ...{ backend: "web", kind: "share", signal: "successRate", opinion: "unfit", good: 60, total: 1_119, lower: 0.04, upper: 0.07 },
      ...{ windowMs: 30_000, failBelow: 0.9, recoverAbove: 0.98, minRequests: 20, text: "…" },
    },
  ],
};
/** The story as text, with plain spaces. */
const told = (more: Partial<DecisionJson>) =>
  storyOf({ ...FAILOVER, ...more })
    .map(plain)
    .join(" ")
    .replaceAll("\u00a0", " ");

describe("the story of a decision", () => {
  it("says what happened, and what was seen then", () => {
    expect(told({})).toBe("Moved to east. 5.3 % of 1 119 requests to web succeeded (in 30 s; even at best 7 %, and the rule wants 90 %).");
  });

  it.each<[string, Partial<DecisionJson>]>([
    [
      "Moved traffic from web to east and west: web 100 → 0, east 0 → 60, west 0 → 40. web has no ready endpoint.",
      {
        after: { web: 0, east: 60, west: 40 },
        before: { web: 100, east: 0, west: 0 },
        cause: "readiness",
        reasons: [{ backend: "web", kind: "ready", ready: 0, minReady: 1, text: "…" }],
      },
    ],
    [
      "web gets 25 % of the traffic: web 5 → 25, east 95 → 75. In the step before, 60 of 60 requests to web were good.",
      {
        ...{ direction: "return", before: { web: 5, east: 95 }, after: { web: 25, east: 75 } },
        reasons: [{ backend: "web", kind: "trial", good: 60, total: 60, text: "…" }],
      },
    ],
    [
      "web has all of its traffic again.",
      { direction: "return", before: { web: 50, east: 50 }, after: { web: 100, east: 0 }, reasons: [] },
    ],
    ["Its owner pinned it to east: web 100 → 0, east 0 → 100.", { direction: "pin", cause: "manual", reasons: [] }],
    ["The owner's weights are back: web 100 → 0, east 0 → 100.", { direction: "restore", cause: "manual", reasons: [] }],
    ["Moved to east. The cause was its gateway.", { cause: "gateway", reasons: [] }],
    [
      "Moved to east. 60.0 % of 100 requests to web succeeded (in 30 s).",
      { reasons: [{ backend: "web", kind: "told", text: "successRate: 60.0 % of 100 requests in 30s good; upper bound 69.1 %" }] },
    ],
  ])("is: %s", (story, more) => {
    expect(told(more)).toBe(story);
  });

  it.each([
    ["dryRun", undefined, "this is a dry run"],
    ["conflict", undefined, "another writer has changed the route"],
    ["failed", "forbidden: no", "forbidden: no; tried again at each tick"],
  ])("says what became of a write that ended as %s", (outcome, error, why) => {
    expect(told({ outcome, ...(error === undefined ? {} : { error }) })).toMatch(/^Would move traffic to east: .*Not written: /);
    expect(told({ outcome, ...(error === undefined ? {} : { error }) })).toContain(why);
  });
});
