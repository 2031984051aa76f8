import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { playStory } from "../../src/simulator/playStory.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const PAGE = read("docs/rules-test.md");

describe("docs/rules-test.md", () => {
  const stories = [...PAGE.matchAll(/```story\n([\s\S]*?)```/g)].map(([, story = ""]) => story);

  it("has stories", () => {
    expect(stories.length).toBeGreaterThanOrEqual(3);
  });

  it.each(stories)("plays %s", (story) => {
    const { problems, checks } = playStory(story, null);
    expect([problems, checks.filter(({ passed }) => !passed), checks.length > 0]).toEqual([[], [], true]);
  });

  it("lists commands and facts that there are", () => {
    const [, can = "", happen = ""] =
      /## What can be expected([\s\S]*?)## Outputs[\s\S]*?## What can happen([\s\S]*?)\n## /.exec(PAGE) ?? [];
    const firstCells = (part: string) => [...part.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
    const commands = firstCells(happen).flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
    const whole = commands.filter(
      (text) => / /.test(text) && !/:$|KEY/.test(text) && text !== "remove web" && !text.startsWith("split web"),
    );
    const setting = ["> split web: web 100, web-east 0", "> client poison sends 1/s, 0% fail"];
    const after = whole.map((text) => text.replace(/^httproute web/, "httproute other"));
    expect(playStory([...setting, ...after.map((text) => `> ${text}`)].join("\n"), null).problems).toEqual([]);
    const facts = firstCells(can).flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
    const own = facts.filter((text) => !text.startsWith("expect"));
    expect(own.length).toBeGreaterThan(8);
    for (const fact of own) {
      const written = ["serving", "suspect", "returning"].includes(fact) ? `web ${fact}` : fact;
      expect([fact, playStory(`${setting[0]}\n> expect for 5s: ${written}`, null).problems]).toEqual([fact, []]);
    }
  });
});

describe("the workflow of the example", () => {
  it("plays the stories in the folder against the rules in it, as the page shows", () => {
    const workflow = parse(read("examples/rules-tests/.github/workflows/rules.yaml"));
    const steps: readonly { readonly run?: string }[] = workflow.jobs.test.steps;
    const command = "rules test stories --rules rules.yaml -o junit > results.xml";
    expect(steps.flatMap(({ run = "" }) => (run.includes(command) ? [command] : []))).toEqual([command]);
    expect(PAGE).toContain(command);
  });
});
