import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseRules } from "../../../../src/rules/parseRules.ts";
import { playStory } from "../../../../src/simulator/playStory.ts";

const FOLDER = join(import.meta.dirname, "../../../../examples/rules-tests");
const RULES = readFileSync(join(FOLDER, "rules.yaml"), "utf8");
const STORIES = readdirSync(join(FOLDER, "stories"));

/** The stories that are not as expected with these rules. */
function failing(yaml: string): readonly string[] {
  const parsed = parseRules(yaml, "rules.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return STORIES.filter((name) => {
    const { checks, problems } = playStory(readFileSync(join(FOLDER, "stories", name), "utf8"), parsed.rules);
    expect([name, problems]).toEqual([name, []]);
    return checks.some(({ passed }) => !passed);
  });
}

function changed(...changes: readonly (readonly [from: string, to: string])[]): string {
  const yaml = changes.reduce((text, [from, to]) => text.replaceAll(from, to), RULES);
  expect(yaml).not.toBe(RULES);
  return yaml;
}

describe("the example repository", () => {
  it("has a story for each of the usual events, and its README lists them", () => {
    const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
    expect(STORIES.length).toBeGreaterThanOrEqual(10);
    expect(STORIES.filter((name) => !readme.includes(`(stories/${name})`))).toEqual([]);
  });

  it("passes its own tests", () => {
    expect(failing(RULES)).toEqual([]);
  });

  it.each([
    ["a threshold that noise crosses", changed(["failBelow: 90%, recoverAbove: 98%", "failBelow: 99%, recoverAbove: 99.5%"]), "deploy.txt"],
    ["a wait that is as long as an outage", changed(["failAfter: 10s", "failAfter: 10m"]), "regional-outage.txt"],
    ["so few requests that chance decides", changed(["minRequests: 20", "minRequests: 1"]), "night-traffic.txt"],
    ["a rule that no longer matches", changed(["tier: front", "tier: fronts"]), "slow-answers.txt"],
    ["a return without a wait", changed(["recoverAfter: 2m", "recoverAfter: 0s"]), "flapping.txt"],
    ["no gateway", changed(["gateway: {}", "gateway: null"]), "gateway.txt"],
  ])("fails on %s", (_, yaml, story) => {
    expect(failing(yaml)).toContain(story);
  });
});
