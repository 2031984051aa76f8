import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ensureTools, howToGet } from "../../scripts/tools/ensureTools.ts";
import { findTool } from "../../scripts/tools/findTool.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "linkerd-failover-test-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function executable(subfolder: string, name: string): string {
  mkdirSync(join(folder, subfolder), { recursive: true });
  const path = join(folder, subfolder, name);
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

describe("tools are found", () => {
  it("in KUBEBUILDER_ASSETS first, then in PATH", () => {
    const inPath = executable("path", "etcd");
    vi.stubEnv("PATH", join(folder, "path"));
    vi.stubEnv("KUBEBUILDER_ASSETS", join(folder, "assets"));
    expect(findTool("etcd")).toBe(inPath);
    expect(findTool("etcd")).not.toBe(executable("assets", "etcd"));
    expect(findTool("etcd")).toBe(join(folder, "assets", "etcd"));
  });

  it("not in KUBEBUILDER_ASSETS if they are not of Kubernetes", () => {
    executable("assets", "prometheus");
    vi.stubEnv("PATH", "");
    vi.stubEnv("KUBEBUILDER_ASSETS", join(folder, "assets"));
    expect(findTool("prometheus")).not.toBe(join(folder, "assets", "prometheus"));
  });

  it("only if they are executable files", () => {
    writeFileSync(join(folder, "promtool"), "text");
    mkdirSync(join(folder, "etcd"));
    vi.stubEnv("PATH", folder);
    expect(findTool("promtool")).not.toBe(join(folder, "promtool"));
    expect(findTool("etcd")).not.toBe(join(folder, "etcd"));
  });
});

describe("missing tools", () => {
  it("are reported with the ways to get them", () => {
    expect(howToGet(["etcd"])).toContain("KUBEBUILDER_ASSETS");
    expect(howToGet(["etcd"])).not.toContain("apt-get");
    expect(howToGet(["promtool"])).toContain("apt-get install prometheus");
  });

  it("are not searched if none is wanted", async () => {
    expect(await ensureTools([])).toMatchObject({ ok: true });
  });

  it("are not built for unknown arguments, which are an error", () => {
    const script = join(import.meta.dirname, "../../scripts/tools/ensureTools.ts");
    const run = () => execFileSync(process.execPath, [script, "kubelet"], { stdio: "pipe" });
    expect(run).toThrow("usage: ensureTools.ts");
  });
});
