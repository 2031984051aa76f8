import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openWire } from "../kube/wire.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Time limit for the bundler and a start on a busy machine. */
const SLOW_MS = 60_000;
/** Every process reads, keeps and partly compiles the bundle, so every addition by a dependency costs memory. */
const MOST_BYTES = 2_680 * 1024;

let folder: string;
let program: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linkerd-failover-test-"));
  program = join(folder, "linkerd-failover.js");
  execFileSync(process.execPath, [join(ROOT, "scripts/build.ts"), "--outfile", program], { cwd: ROOT });
}, SLOW_MS);
afterAll(() => rmSync(folder, { recursive: true }));

describe("the bundle", () => {
  it("is small, and has only characters that V8 stores in one byte", () => {
    const bytes = readFileSync(program);
    expect(bytes.length).toBeLessThan(MOST_BYTES);
    expect(bytes.findIndex((byte) => byte > 0x7f)).toBe(-1);
  });

  it("runs, uses both servers, serves its pages and never loads Node's own undici", { timeout: SLOW_MS }, async () => {
    const asked = new Set<string>();
    await using wire = await openWire((request, response) => {
      const path = request.url?.split("?")[0] ?? "";
      asked.add(path);
      const prometheus = { status: "success", data: { resultType: "vector", result: [] } };
      const list = { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [] };
      response.writeHead(200, { "content-type": "application/json" });
      if (request.url?.includes("watch=true")) response.flushHeaders();
      else response.end(JSON.stringify(path === "/api/v1/query" ? prometheus : list));
    });
    writeFileSync(join(folder, "kubeconfig"), kubeconfig(wire.url));
    // Prints at exit which modules the process has loaded.
    const tell = `data:text/javascript,process.on("exit",()=>console.log("LOADED "+process.moduleLoadList.join()))`;
    const settings = ["--kubeconfig", join(folder, "kubeconfig"), "--prometheus-url", wire.url, "--admin-address", "127.0.0.1:0"];
    const child = spawn(process.execPath, ["--import", tell, program, "run", "--dry-run", "--interval", "500ms", ...settings]);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
    const address = await vi.waitUntil(() => /"url":"([^"]+)"/.exec(text)?.[1], { timeout: SLOW_MS });
    const get = (path: string) => fetch(address + path).then(async (answer) => ({ status: answer.status, body: await answer.text() }));
    await vi.waitUntil(async () => (await get("/readyz")).status === 200, { timeout: SLOW_MS });
    await vi.waitUntil(async () => /^linkerd_failover_prometheus_up 1$/m.test((await get("/metrics")).body), { timeout: SLOW_MS });
    expect((await get("/")).body).toContain("<html");
    child.kill("SIGTERM");
    await once(child, "close");
    expect([...asked]).toContain("/apis/discovery.k8s.io/v1/endpointslices");
    expect(text).toContain("LOADED ");
    expect(text).not.toContain("internal/deps/undici/undici");
  });
});

function kubeconfig(server: string): string {
  const named = { name: "test" };
  return JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
    clusters: [{ ...named, cluster: { server } }],
    users: [{ ...named, user: {} }],
    contexts: [{ ...named, context: { cluster: "test", user: "test" } }],
  });
}
