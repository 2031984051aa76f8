import { execFile, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completionScript } from "../../../src/cli/commands/completion/completionScript.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { type ApiDouble, startApiDouble } from "../../world/apiDouble.ts";
import { trafficSplit } from "./owner/cluster.ts";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");
const SLOW_MS = 60_000;

let folder: string;
let double: ApiDouble;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "complete-"));
  double = await startApiDouble();
  writeFileSync(join(folder, "kubeconfig"), double.kubeconfig());
  for (const name of ["api", "web"]) double.apply(trafficSplit(name, [100, 0]));
  double.apply(trafficSplit("pay", [100, 0], { namespace: "bank" }));
  double.apply(trafficSplit("unmanaged", [100, 0], { labels: {} }));
  const shim = join(folder, "linkerd-failover");
  writeFileSync(shim, `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(MAIN)} "$@"\n`);
  chmodSync(shim, 0o755);
});
afterAll(async () => {
  await double.close();
  rmSync(folder, { recursive: true });
});

const env = () => ({ ...process.env, PATH: `${folder}:${process.env["PATH"]}`, HOME: folder, KUBECONFIG: join(folder, "kubeconfig") });

async function complete(...words: string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, [MAIN, "__complete", "--", ...words], { env: env(), stdio: ["ignore", "pipe", "inherit"] });
  const said = await text(child.stdout);
  expect(child.exitCode ?? 0).toBe(0);
  return said.split("\n").filter((word) => word !== "");
}

describe("completion from the cluster", { timeout: SLOW_MS }, () => {
  it.each([
    [
      ["explain", "-n", "shop", ""],
      ["trafficsplit/api", "trafficsplit/web"],
    ],
    [
      ["status", "-A", ""],
      ["trafficsplit/pay", "trafficsplit/api", "trafficsplit/web"],
    ],
    [
      ["explain", "-n", "shop", "ts", ""],
      ["api", "web"],
    ],
    [
      ["pin", "--namespace", "=", "shop", "ts/web", ""],
      ["web", "east"],
    ],
    [
      ["pin", "--namespace=shop", "ts", "web", ""],
      ["web", "east"],
    ],
    [["pin", "-n", "shop", "ts/web", "east", ""], []],
    [["explain", "-n", "shop", "ts/web", ""], []],
    [["rules", ""], []],
    [[""], []],
    [["explain", "--kubeconfig", "/nowhere", ""], []],
  ])("%j: %j", async (words, wanted) => {
    expect([...(await complete(...words))].sort()).toEqual([...wanted].sort());
  });

  it("of a context reads the kubeconfig alone", async () => {
    expect(await complete("status", "--context", "")).toEqual([expect.stringMatching(/./)]);
  });

  it("says nothing of a server that does not answer in time", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const file = join(folder, "silent");
    writeFileSync(file, double.kubeconfig().replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${port}`));
    expect(await complete("explain", "--kubeconfig", file, "")).toEqual([]);
    silent.close();
  });

  it("is what bash offers, by what has been typed", async () => {
    const words = ["linkerd-failover", "explain", "-n", "shop", "trafficsplit/w"];
    const call = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=4; _linkerd_failover`;
    const script = `${completionScript(createProgram(), "bash")}\n${call}\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script], { env: env() });
    expect(stdout).toBe("trafficsplit/web\n");
  });
});
