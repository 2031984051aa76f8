import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");
/** No server listens at this address. */
const AWAY = "https://127.0.0.1:1";

let folder: string;
let kubeconfig: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "run-"));
  kubeconfig = write(
    "kubeconfig",
    JSON.stringify({
      clusters: [{ name: "a", cluster: { server: AWAY } }],
      users: [{ name: "a", user: { token: "a" } }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      "current-context": "a",
    }),
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const CHILD_TIME_LIMIT_MS = 50_000;
vi.setConfig({ testTimeout: 60_000 });

function start(...args: string[]) {
  const env = { ...process.env, HOME: folder, KUBECONFIG: "" };
  const child = spawn(process.execPath, [MAIN, "run", ...args], { env, stdio: ["ignore", "pipe", "pipe"], timeout: CHILD_TIME_LIMIT_MS });
  const ended = new Promise<number | string | null>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  return { child, ended };
}

/** The exit code, and the output without the log. */
async function run(...args: string[]): Promise<{ readonly code: number | string | null; readonly said: string }> {
  const { child, ended } = start(...args);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const lines = (stdout + stderr).split("\n").filter((line) => !line.startsWith("{"));
  return { code, said: lines.join("\n") };
}

it("refuses a wrong setting with one line and a hint", async () => {
  const { code, said } = await run("--interval", "5");
  expect(code).toBe(2);
  expect(said).toBe(
    "linkerd-failover: option '--interval <duration>' argument '5' is invalid. It must be a duration such as 5s.\nhint: linkerd-failover run --help\n",
  );
});

it("refuses settings that do not go together", async () => {
  const { code, said } = await run("--prometheus-username", "me");
  expect(code).toBe(2);
  expect(said).toBe("linkerd-failover: --prometheus-username and --prometheus-password-file must be set together\n");
});

it("refuses to start without a cluster, or with a kubeconfig that cannot be read", async () => {
  const [none, broken] = await Promise.all([run(), run("--kubeconfig", write("broken", "{{{"))]);
  expect([none.code, broken.code]).toEqual([2, 2]);
  for (const { said } of [none, broken]) expect(said).toMatch(/^linkerd-failover: .*\nhint: .*\n$/);
});

it("refuses invalid rules with all their problems, and a file that cannot be read with one line", async () => {
  const bad = write("bad.yaml", "version: 1\nrules:\n  - {name: a, failAfter: 5}\n  - {name: a}\n");
  const [invalid, missing] = await Promise.all([
    run("--kubeconfig", kubeconfig, "--rules", bad),
    run("--kubeconfig", kubeconfig, "--rules", join(folder, "none.yaml")),
  ]);
  expect([invalid.code, missing.code]).toEqual([2, 2]);
  expect(invalid.said).toContain(`${bad}:3:26: failAfter is 5, but must be a duration\n`);
  expect(invalid.said).toContain(`${bad}:4:12: two rules have this name`);
  expect(missing.said).toMatch(/^linkerd-failover: .*none\.yaml: the file cannot be read: it does not exist\nhint: .*\n$/);
});

it("refuses an address that is in use", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const { code, said } = await run("--kubeconfig", kubeconfig, "--admin-address", `127.0.0.1:${port}`);
  server.close();
  expect(code).toBe(2);
  expect(said).toMatch(/^linkerd-failover: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\nhint: .*\n$/);
});

it("logs why it waits for the API server, and ends gracefully on SIGTERM", async () => {
  const { child, ended } = start("--kubeconfig", kubeconfig, "--admin-address", "127.0.0.1:0");
  let log = "";
  const waits = new Promise<void>((resolve) => {
    child.stderr.on("data", (chunk) => {
      log += String(chunk);
      if (log.includes("trafficsplits cannot be listed, tried again: Unreachable")) resolve();
    });
  });
  await Promise.race([waits, ended]);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(log).toContain("the Lease cannot be acquired or renewed, retrying: Unreachable");
  expect(log.trimEnd().split("\n").at(-1)).toContain('"msg":"stopped"');
});
