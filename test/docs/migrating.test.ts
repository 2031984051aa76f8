import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { runCommand } from "../../src/cli/commands/run.ts";
import { parseRules } from "../../src/rules/parseRules.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const PAGE = read("docs/migrating.md");

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

describe("docs/migrating.md", () => {
  it("shows rules that are valid", () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];
    expect(parseRules(yaml, "migrating.md")).toMatchObject({ ok: true });
  });

  it("names settings that run has, and their variables", () => {
    const options = runCommand().options;
    const flags = [...(PAGE.split("## Values")[1]?.matchAll(/`(--[a-z-]+)/g) ?? [])].map(([, flag]) => flag);
    const variables = [...PAGE.matchAll(/LINKERD_FAILOVER_[A-Z_]+/g)].map(([name]) => name);
    expect(flags.length).toBeGreaterThan(2);
    expect(flags.filter((flag) => !options.some(({ long }) => long === flag))).toEqual([]);
    expect(variables.filter((name) => !options.some(({ envVar }) => envVar === name))).toEqual([]);
  });

  it("lists the permissions that the controller needs", () => {
    const rules = parseAllDocuments(read("deploy/rbac.yaml")).flatMap((document) => (document.toJS() as { rules?: Rule[] }).rules ?? []);
    const rows =
      PAGE.split("## Permissions")[1]
        ?.split("\n")
        .filter((line) => line.startsWith("| `")) ?? [];
    for (const { resources, verbs } of rules) {
      for (const resource of resources) {
        const row =
          rows
            .find((line) => line.includes(`\`${resource}\``))
            ?.split("|")
            .at(-2) ?? "";
        expect([resource, verbs.filter((verb) => !row.includes(verb))]).toEqual([resource, []]);
      }
    }
  });
});
