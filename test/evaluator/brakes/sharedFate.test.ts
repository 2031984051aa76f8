import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { go, tell } from "../randomStory.ts";

/** The weights after backends began to answer like this while Prometheus was away: it tells of all of them at once. */
function after(weights: string, ...good: readonly string[]): Record<string, unknown> {
  const story = new Story(DEFAULT_RULES);
  tell(story, `split web: ${weights}`, "traffic 60/s");
  go(story, 12);
  tell(story, "prometheus down", ...good);
  go(story, 8);
  tell(story, "prometheus up");
  go(story, 5);
  return Object.fromEntries(story.splits.get("web")?.weights ?? []);
}

describe("of three that are removed at once, the load goes to the best", () => {
  const ORDERS = ["a b c", "a c b", "b a c", "b c a", "c a b", "c b a"];
  it.each(ORDERS)("listed as %s", (order) => {
    const listed = order.split(" ");
    const weights = after(listed.map((name) => `${name} 100`).join(", "), "a: 70% good", "b: 40% good", "c: 10% good");
    expect(weights).toEqual({ a: 300, b: 0, c: 0 });
  });
});

describe("of three that do equally badly", () => {
  it("all stay, whatever their names", () => {
    expect(after("c 100, a 100, b 100", "a: 40% good", "b: 40% good", "c: 40% good")).toEqual({ c: 100, a: 100, b: 100 });
  });
});
