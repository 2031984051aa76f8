import { expect, it } from "vitest";
import { decisionText } from "../../../src/evaluator/explain/explain.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { decisionsOf, go, tell } from "../randomStory.ts";

/** Five seconds each. */
const AN_HOUR = 720;

function linesOf(trouble: string, repair: string): readonly string[] {
  const story = new Story(DEFAULT_RULES);
  tell(story, "split web: web 100, east 0", "web: 2 ready", "traffic 40/s");
  const before = decisionsOf(go(story, 12));
  tell(story, trouble);
  const during = decisionsOf(go(story, 12));
  tell(story, repair);
  return [...before, ...during, ...decisionsOf(go(story, AN_HOUR))].map(decisionText);
}

it("explains a failover because of the success rate with that signal only", () => {
  expect(linesOf("web: 40% good", "web: well")[0]).toBe(
    "failover (successRate): web 100 → 0, east 0 → 100; web: successRate: 60.0 % of 1200 requests in 30s good; upper bound 62.7 %, below failBelow 90%",
  );
});

it("explains a failover because of readiness with the endpoints first", () => {
  expect(linesOf("web: 0 of 2 ready", "web: 2 ready")[0]).toMatch(
    /^failover \(readiness\): web 100 → 0, east 0 → 100; web: readiness: 0 ready, at least 1 needed/,
  );
});

it("gives a reason for every step of a return, including the last one", () => {
  const lines = linesOf("web: 40% good", "web: well").slice(1);
  expect(lines.map((line) => line.replace(/;.*/, ""))).toEqual([
    "return (successRate): web 0 → 5, east 100 → 95",
    "return (successRate): web 5 → 25, east 95 → 75",
    "return (successRate): web 25 → 50, east 75 → 50",
    "return (successRate): web 50 → 100, east 50 → 0",
  ]);
  expect(lines[1]).toContain("; web: returning: step 2 of 3, 25% of its traffic");
  expect(lines[3]).toMatch(/; web: successRate: 100.0 % of \d+ requests in 30s good, at least 98%$/);
});
