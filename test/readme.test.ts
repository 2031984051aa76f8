import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readArguments } from "../demo/arguments.ts";
import { parseRules } from "../src/rules/parseRules.ts";

const ROOT = join(import.meta.dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const DEMO = /npm run demo -- ([^`\n]+)/g;

describe("the README", () => {
  it("shows valid rules that equal the built-in ones", () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(README) ?? [];
    const parsed = parseRules(yaml, "README.md");
    const builtIn = parseRules("version: 1\nrules: [{name: default}]", "built-in");
    expect(parsed.ok && parsed.rules).toEqual(builtIn.ok && builtIn.rules);
  });

  it("shows only arguments that the demo accepts", () => {
    const shown = [...README.matchAll(DEMO)].map(([, args = ""]) => args.split(" "));
    expect(shown).not.toEqual([]);
    expect(shown.map(readArguments).filter((read) => typeof read === "string")).toEqual([]);
  });
});
