import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { send } from "../world/plainHttp.ts";
import { kubeconfigOf } from "./harness/kubeApiserver.ts";
import { startPrometheus } from "./harness/prometheusServer.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup } from "./harness/serverProcess.ts";

const GONE_TIME_LIMIT_MS = 60_000;

const prometheus = realTools("prometheus", "promtool");

describe.skipIf(prometheus.absent)(`${prometheus.title("Prometheus for tests")}`, () => {
  it("scrapes targets", async () => {
    const target = createServer((_request, response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4").end("seen_total 42\n");
    });
    target.listen(0, "127.0.0.1");
    await once(target, "listening");
    const server = await startPrometheus({ targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`], scrapeIntervalMs: 200 });
    try {
      expect(await waitFor(() => valueOf(server.url, "seen_total"), "42")).toBe("42");
    } finally {
      await server.stop();
      target.close();
    }
  });

  it("starts with a recording of any age", async () => {
    const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-test-"));
    const recording = join(folder, "old.om");
    writeFileSync(recording, "# TYPE requests counter\nrequests_total 1 1600000000\nrequests_total 7 1600000060\n# EOF\n");
    const server = await startPrometheus({ recording });
    try {
      expect(await valueOf(server.url, "requests_total", 1_600_000_061)).toBe("7");
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("server processes", () => {
  it("shows the end of the log of a server that does not start", async () => {
    const group = openServerGroup("harness-test");
    const start = group.start("broken", "/bin/sh", ["-c", "echo no such flag; exit 3"], () => Promise.resolve(false), 10_000);
    await expect(start).rejects.toThrow(/broken ended at once \(exit code 3\)[\s\S]*no such flag/);
    await group.stop();
    expect(existsSync(group.folder)).toBe(false);
  });

  it("ends servers and removes their folder when the test process is killed", async () => {
    const module = JSON.stringify(join(import.meta.dirname, "harness/serverProcess.ts"));
    const script = `import(${module}).then(async ({ openServerGroup }) => {
      const group = openServerGroup("harness-test");
      const server = await group.start("sleeper", "/bin/sleep", ["600"], () => Promise.resolve(true), 10_000);
      console.log(JSON.stringify({ pid: server.pid, folder: group.folder }));
    })`;
    const owner = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(owner.stdout, "data")) as [Buffer];
    const { pid, folder } = JSON.parse(line.toString()) as { pid: number; folder: string };
    expect(isRunning(pid)).toBe(true);
    owner.kill("SIGKILL");
    expect(await waitFor(() => Promise.resolve(`${isRunning(pid)} ${existsSync(folder)}`), "false false")).toBe("false false");
  });

  it("ends a controller when the test process is killed", async () => {
    const module = JSON.stringify(join(import.meta.dirname, "controllerWorld.ts"));
    const folder = mkdtempSync(join(tmpdir(), "harness-test-"));
    writeFileSync(join(folder, "rules.yaml"), "version: 1\nrules: [{name: default}]\n");
    writeFileSync(join(folder, "kubeconfig"), kubeconfigOf({ url: "https://127.0.0.1:1" }, "other"));
    const script = `import(${module}).then(async ({ Replica }) => {
      const { child } = await Replica.start({ folder: ${JSON.stringify(folder)}, stage: { env: {} } });
      console.log(child.pid);
    })`;
    const owner = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(owner.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    // It waits for its API server and would not end by itself.
    await sleep(1_500);
    expect(isRunning(pid)).toBe(true);
    owner.kill("SIGKILL");
    expect(await waitFor(() => Promise.resolve(`${isRunning(pid)} ${existsSync(folder)}`), "false false")).toBe("false false");
  });
});

async function valueOf(url: string, query: string, time?: number): Promise<string | undefined> {
  const { body } = await send({ url }, "GET", `/api/v1/query?query=${query}${time === undefined ? "" : `&time=${time}`}`);
  return body.data.result[0]?.value[1];
}

async function waitFor<T>(read: () => Promise<T>, wanted: T): Promise<T> {
  const deadline = Date.now() + GONE_TIME_LIMIT_MS;
  let seen = await read();
  while (seen !== wanted && Date.now() < deadline) {
    await sleep(50);
    seen = await read();
  }
  return seen;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
