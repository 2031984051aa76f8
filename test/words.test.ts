import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { retiredWords } from "./retiredWords.ts";

const ROOT = join(import.meta.dirname, "..");

/** What people read: code, texts of the program, docs, charts, dashboards and stories. */
const READ = [
  "src",
  "docs",
  "charts",
  "dashboards",
  "examples",
  "deploy",
  "demo",
  "scripts",
  "bench",
  ".ci",
  "test/transcripts",
  "*.md",
  ".github",
  "package.json",
];

/** The page's bundle holds the code of others. */
const NOT_OURS = /pageAssets\.ts$|\.png$/;

/** The changelog names old keys, in backticks. */
function textOf(path: string): string {
  const text = readFileSync(join(ROOT, path), "utf8");
  return path === "CHANGELOG.md" ? text.replaceAll(/`[^`\n]*`/g, "") : text;
}

function filesRead(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", ...READ], { cwd: ROOT, encoding: "utf8" });
  return listed.split("\n").filter((path) => path !== "" && !NOT_OURS.test(path));
}

describe("retired words", () => {
  it("stand nowhere", () => {
    const found = filesRead().flatMap((path) => retiredWords({ path, text: textOf(path) }));
    expect(found).toEqual([]);
  });

  it.each([
    "waits: must look good",
    "const lookAt = 1;",
    "const isLooking = 1;",
    "LOOK_EVERY_MS",
    "the wishes",
    "splitWish",
    "whoever carries",
    "nobody can tell now",
    "left on successRate",
    "left on unanswered",
    "left on its query",
    "left on ${cause}",
    "someone patches it",
    "everyone waits",
    "EVERYBODY_SERVES",
    "nobodyServes",
    "whenSomebodyCarries",
    "isWhoever",
    "splitWishes",
    "isBlamed",
    "laid at this backend's door",
    "the mind",
    "convict(suspect)",
  ])("are seen: %s", (text) => {
    expect(retiredWords({ path: "a.ts", text })).toHaveLength(1);
  });

  it.each(["a lookup", "outlookOf(route)", "the weights left on the table", "bearer token", "some one"])(
    "leave others alone: %s",
    (text) => {
      expect(retiredWords({ path: "a.ts", text })).toEqual([]);
    },
  );
});
