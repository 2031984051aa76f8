import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadKubeConfig } from "../../src/kube/kubeConfig.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "kubeconfig-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

function config(name: string, server = "https://10.0.0.1:6443"): string {
  return JSON.stringify({
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token: name } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
    "current-context": name,
  });
}

it("reads the given file", () => {
  const loaded = loadKubeConfig({ kubeconfig: write("a", config("east")) }, { KUBECONFIG: "/elsewhere" });
  expect(loaded).toMatchObject({ ok: true, namespace: "ns-east" });
});

it("merges the files of KUBECONFIG; the first one wins", () => {
  const files = [write("a", config("east")), write("b", config("west")), write("c", config("east", "https://other:1"))].join(":");
  const loaded = loadKubeConfig({}, { KUBECONFIG: files });
  if (!loaded.ok) throw new Error(loaded.message);
  expect(loaded.namespace).toBe("ns-east");
  expect(loaded.kubeConfig.getCurrentCluster()?.server).toBe("https://10.0.0.1:6443");
  expect(loadKubeConfig({ context: "west" }, { KUBECONFIG: files })).toMatchObject({ ok: true, namespace: "ns-west" });
});

it("allows a plain HTTP server, such as kubectl proxy", () => {
  const loaded = loadKubeConfig({ kubeconfig: write("a", config("proxy", "http://127.0.0.1:8001")) });
  expect(loaded.ok && loaded.kubeConfig.getCurrentCluster()).toMatchObject({ skipTLSVerify: true });
});

it.each([
  ["nothing", "", "cannot read"],
  ["no YAML", "{{{", "cannot read"],
  ["a list", "- 1", "no current context"],
  ["no contexts", "{}", "no current context is set (it has none)"],
  [
    "a context without its cluster",
    JSON.stringify({ contexts: [{ name: "a", context: { cluster: "b" } }], "current-context": "a" }),
    'the cluster "b"',
  ],
  ["a server that is no URL", config("east", "nowhere"), "no valid server URL"],
])("reports what is wrong with a file of %s", (_name, text, message) => {
  expect(loadKubeConfig({ kubeconfig: write("a", text) })).toEqual({ ok: false, message: expect.stringContaining(message) });
});

it("reports a missing file, and the contexts that exist", () => {
  expect(loadKubeConfig({ kubeconfig: "/nowhere/config" })).toEqual({ ok: false, message: expect.stringContaining("/nowhere/config") });
  const loaded = loadKubeConfig({ kubeconfig: write("a", config("east")), context: "north" });
  expect(loaded).toEqual({ ok: false, message: expect.stringContaining('no context "north" (it has east)') });
});

it("reports that no cluster is configured", () => {
  expect(loadKubeConfig({}, { HOME: folder })).toEqual({ ok: false, message: expect.stringContaining("no cluster configured") });
});

it.each(["*secret-12", "!secret-12", "{secret-12", "&a *secret-12", "!<secret-12"])(
  "does not quote a file that is no YAML: %s",
  (password) => {
    const loaded = loadKubeConfig({ kubeconfig: write("a", `users:\n- user:\n    password: ${password}\n    token: b\n`) });
    if (loaded.ok) throw new Error("it was read");
    expect(loaded.message).toMatch(/: it is not YAML \(line \d+, column \d+\)$/);
    expect(loaded.message).not.toContain("secret-12");
  },
);
