import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { CODECS } from "../../src/routes/codecs.ts";

const SCRIPT = join(import.meta.dirname, "kind.sh");
const ALLOWED = ["bash", "cat", "dirname", "env", "mktemp"];

/** A dry run where no tool is to be had that could change anything. */
function dryRun(...args: readonly string[]): string {
  const bin = mkdtempSync(join(tmpdir(), "tools-"));
  for (const tool of ALLOWED) symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(bin, tool));
  return execFileSync(join(bin, "bash"), [SCRIPT, "--dry-run", ...args], { encoding: "utf8", env: { PATH: bin, TMPDIR: bin } });
}

describe("test/e2e/kind.sh", () => {
  it("is a shell script without known mistakes", () => {
    execFileSync("bash", ["-n", SCRIPT]);
    const checked = spawnSync("shellcheck", [SCRIPT], { encoding: "utf8" });
    // Not every machine has shellcheck; one that has must find nothing.
    if (checked.error === undefined) expect(checked.stdout).toBe("");
  });

  it("shows in a dry run what it would do, in the order of the story, and does none of it", () => {
    const shown = dryRun();
    const steps = [
      "cluster linkerd-failover-east",
      "cluster linkerd-failover-west",
      "link ",
      "helm ",
      "HTTPRoute",
      "scale",
      "kind delete clusters",
    ];
    const at = steps.map((step) => shown.indexOf(step));
    expect(at.every((position) => position >= 0)).toBe(true);
    expect(at.toSorted((a, b) => a - b)).toEqual(at);
  });

  it("keeps the clusters where it is asked to, and knows no other arguments", () => {
    expect(dryRun("--keep")).not.toContain("kind delete");
    expect(spawnSync("bash", [SCRIPT, "--nonsense"]).status).toBe(2);
  });

  it("applies a route that is managed and has two backends", () => {
    const applied = [...dryRun().matchAll(/apply -f - <<EOF\n([\s\S]*?)\nEOF/g)].flatMap(([, yaml = ""]) => parseAllDocuments(yaml));
    expect(applied.flatMap(({ errors }) => errors)).toEqual([]);
    const objects = applied.map((document) => document.toJS() as { kind: string; metadata: Record<string, unknown> });
    const object = objects.find(({ kind }) => kind === "HTTPRoute");
    const route = CODECS.find(({ kind }) => kind === "HTTPRoute")?.read({
      ...object,
      metadata: { ...object?.metadata, resourceVersion: "1" },
    });
    expect([route?.problems, route?.primary, route?.splits[0]?.backends.map(({ backend }) => backend)]).toEqual([
      [],
      "web",
      ["web", "web-east"],
    ]);
  });
});
