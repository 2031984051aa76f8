import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { go, tell } from "../randomStory.ts";

function started(...commands: readonly string[]): Story {
  const story = new Story(DEFAULT_RULES);
  tell(story, "split web: web 100, east 0", "traffic 40/s", ...commands);
  go(story, 30);
  return story;
}

/** The reports of the tick before and of this one. */
function next(story: Story, ...commands: readonly string[]) {
  tell(story, ...commands);
  const { before, after } = go(story, 1).at(-1) ?? expect.fail("no tick");
  const backends = (state: typeof before) => state.routes.get("TrafficSplit/shop/web")?.backends ?? expect.fail("no route");
  return { before: backends(before), after: backends(after) };
}

describe("the reports of a route", () => {
  it("stay the same objects while nothing changes", () => {
    const { before, after } = next(started());
    expect(after.get("web")).toBe(before.get("web"));
    expect(after).toBe(before);
  });

  it("are new where something has changed, and only there", () => {
    const { before, after } = next(started(), "east: 2 ready");
    expect(after).not.toBe(before);
    expect(after.get("web")).toBe(before.get("web"));
    expect(after.get("east")).not.toBe(before.get("east"));
    expect(after.get("east")?.judgement.readyEndpoints).toBe(2);
  });

  it("count a wait down, though nothing else changes", () => {
    const story = started("east: no endpoints");
    const leftMs = (waits: readonly { kind: string }[] = []) => waits.flatMap((wait) => ("leftMs" in wait ? [wait.leftMs] : []));
    const { after } = next(story, "east: 1 ready");
    const { after: later } = next(story);
    expect(leftMs(after.get("east")?.waits)).toEqual([60_000]);
    expect(leftMs(later.get("east")?.waits)).toEqual([55_000]);
  });

  it("are those of the backends that the route has", () => {
    const story = started();
    expect([...next(story, "edit web: web 100, east 0, west 0", "west: 1 ready").after.keys()]).toEqual(["web", "east", "west"]);
    expect([...next(story, "edit web: web 100, east 0").after.keys()]).toEqual(["web", "east"]);
  });
});
