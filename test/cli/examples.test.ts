import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wholeRouteJson } from "../../src/admin/routeJson.ts";
import { allBelow, helpOf } from "../../src/cli/output/commandDocs.ts";
import { createProgram } from "../../src/cli/program.ts";
import { shiftedRoute } from "../admin/reports.ts";
import { type ApiDouble, startApiDouble } from "../world/apiDouble.ts";

const ROOT = join(import.meta.dirname, "../..");
const SLOW_MS = 60_000;
const SHOP = { namespace: "shop", labels: { "failover.linkerd.io/controlled-by": "linkerd-failover" } };

/** No controller is running here, and no linkerd-viz. */
const OTHER_ANSWERS: readonly (readonly [RegExp, number])[] = [
  [/^linkerd-failover check(?!.* --pre)/, 1],
  [/^linkerd-failover replay (?!.*--prometheus-url)(?!.*\.json)/, 2],
];

const program = createProgram();
const commands = allBelow(program);

/** The commands in the examples of a help text, without those of other programs. */
function examplesIn(help: string): readonly string[] {
  const [, block = ""] = /\nExamples?:\n((?: {2}.*\n?)+)/.exec(help) ?? [];
  const lines = block.replaceAll(/\\\n\s*/g, "").split("\n");
  return lines.map((line) => line.trim()).filter((line) => line.includes("linkerd-failover ") && !line.startsWith("kubectl "));
}

it.each([program, ...commands].map((command) => [command.name(), command] as const))("the help of %s has an example", (_, command) => {
  expect(examplesIn(helpOf(command))).not.toEqual([]);
});

it.each([program, ...commands].map((command) => [command.name(), command] as const))(
  "the help of %s fits into 80 columns",
  (_, command) => {
    const lines = helpOf(command).split("\n");
    // A single long word is not wrapped, so that it can be copied.
    expect(lines.filter((line) => line.length > 80 && line.trim().includes(" "))).toEqual([]);
  },
);

describe("every example", () => {
  let folder: string;
  let double: ApiDouble;
  const servers: Server[] = [];
  const standIns: [string, string][] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "examples-"));
    const bundle = join(folder, "bundle.js");
    execFileSync(process.execPath, [join(ROOT, "scripts/build.ts"), "--outfile", bundle], { cwd: ROOT });
    const shim = join(folder, "linkerd-failover");
    writeFileSync(shim, `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(bundle)} "$@"\n`);
    chmodSync(shim, 0o755);
    mkdirSync(join(folder, ".config/fish/completions"), { recursive: true });
    double = await startApiDouble();
    writeFileSync(join(folder, "kubeconfig"), double.kubeconfig());
    const sample = { metric: { metric: "response_total", version: "2.359.0" }, value: [Date.now() / 1_000, "1"] };
    const prometheus = { status: "success", data: { resultType: "vector", result: [sample] } };
    standIns.push(
      ["http://localhost:9090", await serve(prometheus)],
      ["http://localhost:8080", await serve(wholeRouteJson(shiftedRoute(), []))],
    );
  }, SLOW_MS);
  afterAll(async () => {
    await double.close();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  /** The URL of a server that gives this answer to every request. */
  async function serve(answer: unknown): Promise<string> {
    const server = createServer((_, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer)),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Runs an example in bash, with our program on the PATH. The controller is stopped once its caches are filled. */
  async function run(example: string) {
    const command = standIns.reduce((text, [named, instead]) => text.replaceAll(named, instead), example);
    const env = {
      ...{ PATH: `${folder}:${process.env["PATH"]}`, HOME: folder, KUBECONFIG: join(folder, "kubeconfig") },
      LINKERD_FAILOVER_ADMIN_ADDRESS: "127.0.0.1:0",
    };
    const isRun = command.startsWith("linkerd-failover run");
    // zsh's fpath, with a directory of this test.
    const script = `fpath=("" "$HOME")\n${isRun ? "exec " : ""}${command}`;
    const child = spawn("bash", ["--norc", "-c", script], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"], timeout: SLOW_MS });
    let output = "";
    let stopped = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += String(chunk);
        // A second signal would end it at once.
        if (isRun && !stopped && output.includes("the caches are filled")) stopped = child.kill("SIGTERM");
      });
    const code = await new Promise((resolve) => child.once("close", resolve));
    return { code, output };
  }

  function applyRoutes(): void {
    const backends = ["web", "web-east"];
    const split = { service: "web", backends: backends.map((service, i) => ({ service, weight: i === 0 ? 100 : 0 })) };
    for (const name of ["web", "api"])
      double.apply({ apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", metadata: { ...SHOP, name }, spec: split });
    const rules = [{ backendRefs: backends.map((name, i) => ({ name, port: 80, weight: i === 0 ? 100 : 0 })) }];
    const spec = { parentRefs: [{ group: "", kind: "Service", name: "web" }], rules };
    double.apply({ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { ...SHOP, name: "web" }, spec });
  }

  const all = [...new Set([program, ...commands].flatMap((command) => examplesIn(helpOf(command))))];
  it.each(all)(
    "%s",
    async (example) => {
      applyRoutes();
      const { code, output } = await run(example);
      // The output shows what went wrong.
      expect({ code, output }).toEqual({ code: OTHER_ANSWERS.find(([text]) => text.test(example))?.[1] ?? 0, output });
      expect(output.startsWith("error:")).toBe(false);
    },
    SLOW_MS,
  );

  it("wrote the completions to the directory in zsh's fpath", async () => {
    expect(readFileSync(join(folder, "_linkerd-failover"), "utf8")).toContain("#compdef linkerd-failover");
  });

  it("is an extension of the linkerd CLI", async () => {
    expect(await run("linkerd-failover _extension-metadata")).toEqual({
      code: 0,
      output: '{"name":"linkerd-failover","checks":"always"}\n',
    });
  });
});
