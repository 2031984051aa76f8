import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { CODECS } from "../../src/routes/codecs.ts";
import { readCluster } from "../real/harness/existingCluster.ts";

const SCRIPT = join(import.meta.dirname, "kind.sh");
const KIND_KUBECONFIG = join(import.meta.dirname, "../fixtures/kubeconfig-client-certificate.yaml");
const ALLOWED = ["bash", "cat", "dirname", "env", "mktemp"];

/** The output of a dry run. Its PATH has no tool that can change anything. */
function dryRun(...args: readonly string[]): string {
  const bin = mkdtempSync(join(tmpdir(), "tools-"));
  for (const tool of ALLOWED) symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(bin, tool));
  return execFileSync(join(bin, "bash"), [SCRIPT, "--dry-run", ...args], { encoding: "utf8", env: { PATH: bin, TMPDIR: bin } });
}

describe("test/e2e/kind.sh", () => {
  it("is a shell script without errors", () => {
    execFileSync("bash", ["-n", SCRIPT]);
    const checked = spawnSync("shellcheck", [SCRIPT], { encoding: "utf8" });
    // Not every machine has shellcheck.
    if (checked.error === undefined) expect(checked.stdout).toBe("");
  });

  it("prints all steps in order in a dry run, and runs none", () => {
    const shown = dryRun();
    const steps = [
      "cluster linkerd-failover-east",
      "cluster linkerd-failover-west",
      "link ",
      "install linkerd-smi",
      "install linkerd-failover",
      "HTTPRoute",
      "scale",
      "npm run test:cluster",
      "kind delete clusters",
    ];
    const at = steps.map((step) => shown.indexOf(step));
    expect(at.every((position) => position >= 0)).toBe(true);
    expect(at.toSorted((a, b) => a - b)).toEqual(at);
  });

  it("keeps the clusters with --keep, and rejects unknown arguments", () => {
    expect(dryRun("--keep")).not.toContain("kind delete");
    expect(spawnSync("bash", [SCRIPT, "--nonsense"]).status).toBe(2);
  });

  it("passes the cluster and its Prometheus to the tests of test/real, and the scrape target to Prometheus", () => {
    const shown = dryRun().replaceAll(/\$\(docker inspect [^)]*\)/g, "172.18.0.1");
    const line = /^\+ (KUBECONFIG=[\s\S]*?) npm run test:cluster$/m.exec(shown)?.[1] ?? "";
    const { KUBECONFIG, LINKERD_FAILOVER_TEST_CONTEXT, ...env } = Object.fromEntries(
      line.split(/\s+/).map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
    );
    expect(shown).toContain(`kind get kubeconfig --name linkerd-failover-west >${KUBECONFIG}\n`);
    expect(LINKERD_FAILOVER_TEST_CONTEXT).toBe("kind-linkerd-failover-west");
    // Any kubeconfig is enough here, because the test reads the other settings.
    const cluster = readCluster({ KUBECONFIG: KIND_KUBECONFIG, LINKERD_FAILOVER_TEST_CONTEXT: "kind-west", ...env });
    expect(cluster).toMatchObject({ prometheus: { url: "http://127.0.0.1:19090", meshAddress: "172.18.0.1:19091" } });
    expect(shown).toContain("port-forward service/prometheus 19090:9090 &\n");
    expect(shown).toMatch(/scrape_interval=2s.*scrape_timeout=2s'\s+--set "\S+\.targets\[0\]=172\.18\.0\.1:19091"/);
  });

  it("applies a managed route with two backends", () => {
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
