import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openWire } from "../kube/wire.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Each query alone would wait for 10 s. */
const LIMIT_S = 10;

it("`check --wait` gives up on a Prometheus that hangs, says so, and ends as when it cannot be reached", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "check-wait-"));
  try {
    await using api = await openWire((request, response) => {
      const known = request.url?.startsWith("/version") === true;
      response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(known ? { gitVersion: "v1.34.0" } : { kind: "Status", code: 404, reason: "NotFound" }));
    });
    await using prometheus = await openWire(() => {});
    const contexts = [{ name: "a", context: { cluster: "a", user: "a" } }];
    const config = { clusters: [{ name: "a", cluster: { server: api.url } }], users: [{ name: "a" }], contexts, "current-context": "a" };
    const kubeconfig = join(folder, "config");
    writeFileSync(kubeconfig, JSON.stringify(config));
    const args = ["src/main.ts", "check", "--wait=2s", `--kubeconfig=${kubeconfig}`, `--prometheus-url=${prometheus.url}`, "-o", "json"];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk) => (said += String(chunk)));
    const fromMs = performance.now();
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(said).toContain("no whole answer in the time that was left");
    expect(code).toBe(3);
    expect((performance.now() - fromMs) / 1_000).toBeLessThan(LIMIT_S);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
