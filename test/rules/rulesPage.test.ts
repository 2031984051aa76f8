import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replaceBlock } from "../../scripts/generatedBlock.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { renderProblems } from "../../src/rules/rulesProblem.ts";
import { rulesTable } from "../../src/rules/rulesTable.ts";

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLES = join(ROOT, "examples");
const page = readFileSync(join(ROOT, "docs/rules.md"), "utf8");

/** The rules of a valid text; fails with the problems if it is invalid. */
function rulesOf(text: string, file: string) {
  const result = parseRules(text, file);
  return result.ok ? result.rules : expect.fail(renderProblems(result.problems));
}

describe("docs/rules.md", () => {
  it("has the table from the schema (`npm run docs` writes it)", () => {
    expect(page).toBe(replaceBlock(page, "rules", rulesTable()));
  });

  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

  it("shows rules files", () => expect(blocks.length).toBeGreaterThan(2));

  it.each(blocks.map((block, index) => [index + 1, block] as const))("has a yaml block %i that is valid", (_, block) => {
    expect(rulesOf(block, "docs/rules.md").rules.length).toBeGreaterThan(0);
  });

  it("has a first file that means the same as no file", () => {
    expect(rulesOf(blocks[0] ?? "", "docs/rules.md")).toEqual(DEFAULT_RULES);
  });

  it("shows a problem as it is printed", () => {
    const shown = [...page.matchAll(/```\n(rules\.yaml:[\s\S]*?)\n```/g)].map((match) => match[1]);
    const result = parseRules("version: 1\nrules:\n  - name: default\n    failAfter: 10\n", "rules.yaml");
    expect(shown).toEqual([result.ok ? "" : renderProblems(result.problems)]);
  });
});

describe("examples/", () => {
  const files = readdirSync(EXAMPLES).filter((file) => file.endsWith(".yaml"));

  it.each(files)("%s is valid", (file) => {
    expect(rulesOf(readFileSync(join(EXAMPLES, file), "utf8"), file).rules.length).toBeGreaterThan(0);
  });

  it("rules.yaml has every key at its default", () => {
    expect(rulesOf(readFileSync(join(EXAMPLES, "rules.yaml"), "utf8"), "rules.yaml")).toEqual(DEFAULT_RULES);
  });

  it("readiness-only.yaml needs no Prometheus", () => {
    const [rule] = rulesOf(readFileSync(join(EXAMPLES, "readiness-only.yaml"), "utf8"), "readiness-only.yaml").rules;
    expect(rule?.signals).toEqual({ readiness: { minReady: 1, failAfterMs: 0 } });
  });
});
