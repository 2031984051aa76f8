import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readArguments } from "../demo/arguments.ts";
import { parseRules } from "../src/rules/parseRules.ts";

const ROOT = join(import.meta.dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const DEMO = /npm run demo -- ([^`\n]+)/g;
/** Helm's own commands, with settings of its own. */
const HELM = /^helm .*$/gm;

describe("the README", () => {
  it("shows rules that are valid, and are the built-in ones", () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(README) ?? [];
    const parsed = parseRules(yaml, "README.md");
    const builtIn = parseRules("version: 1\nrules: [{name: default}]", "built-in");
    expect(parsed.ok && parsed.rules).toEqual(builtIn.ok && builtIn.rules);
  });

  it("names only settings that exist", () => {
    const helpOf = (command: string) =>
      execFileSync(process.execPath, [join(ROOT, "src/main.ts"), command, "--help"], { encoding: "utf8" });
    const help = ["run", "pin", "status"].map(helpOf).join("");
    const named = [
      ...README.replaceAll(DEMO, "")
        .replaceAll(HELM, "")
        .matchAll(/`?(--[a-z][a-z-]+)/g),
    ].map(([, flag = ""]) => flag);
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((flag) => !help.includes(flag))).toEqual([]);
  });

  it("asks of the demo only what it can do", () => {
    const asked = [...README.matchAll(DEMO)].map(([, args = ""]) => args.split(" "));
    expect(asked).not.toEqual([]);
    expect(asked.map(readArguments).filter((read) => typeof read === "string")).toEqual([]);
  });

  it("links only to what is there", () => {
    const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
