import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import type { KubeApi } from "../../src/kube/kubeApi.ts";
import { loadKubeConfig } from "../../src/kube/kubeConfig.ts";
import { openWire } from "./wire.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "token-file-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function apiOf(server: string, user: object): KubeApi {
  const file = path.join(folder, "config");
  const contexts = [{ name: "a", context: { cluster: "a", user: "a" } }];
  const clusters = [{ name: "a", cluster: { server } }];
  writeFileSync(file, JSON.stringify({ clusters, users: [{ name: "a", user }], contexts, "current-context": "a" }));
  const loaded = loadKubeConfig({ kubeconfig: file });
  if (!loaded.ok) throw new Error(loaded.message);
  return createKubeApi(loaded.kubeConfig);
}

it.each([
  ["relative to the kubeconfig", {}],
  ["also if there is a token", { token: "old-token" }],
  ["also if there is a plugin", { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/no/such/plugin" } }],
])("is read, %s, and read again when it is rotated", async (_what, others) => {
  const seen: unknown[] = [];
  await using wire = await openWire((request, response) => {
    seen.push(request.headers.authorization);
    response.setHeader("content-type", "application/json").end("{}");
  });
  const api = apiOf(wire.url, { ...others, tokenFile: "token" });
  writeFileSync(path.join(folder, "token"), "first-token\n");
  expect(await api.get("/version")).toMatchObject({ ok: true });
  writeFileSync(path.join(folder, "token"), "second-token\n");
  const laterMs = performance.now() + 60_000;
  vi.spyOn(performance, "now").mockReturnValue(laterMs);
  expect(await api.get("/version")).toMatchObject({ ok: true });
  expect(seen).toEqual(["Bearer first-token", "Bearer second-token"]);
});

it("says which file is missing or empty, and sends nothing without it", async () => {
  let asked = 0;
  await using wire = await openWire((_request, response) => {
    asked += 1;
    response.end("{}");
  });
  const api = apiOf(wire.url, { tokenFile: "token" });
  const file = path.join(folder, "token");
  expect(await api.get("/version")).toMatchObject({ ok: false, message: expect.stringContaining(file) });
  writeFileSync(file, "\n");
  expect(await api.get("/version")).toMatchObject({ ok: false, message: expect.stringContaining(`the token file ${file} is empty`) });
  expect(asked).toBe(0);
});

it("is not repeated when the server quotes it", async () => {
  await using wire = await openWire((request, response) => {
    response
      .writeHead(401, { "content-type": "application/json" })
      .end(JSON.stringify({ message: `bad ${request.headers.authorization}` }));
  });
  writeFileSync(path.join(folder, "token"), "a-secret-token\n");
  const answer = await apiOf(wire.url, { tokenFile: "token" }).get("/version");
  expect(JSON.stringify(answer)).not.toContain("a-secret-token");
});
