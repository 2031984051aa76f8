import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RouteStatus } from "../../src/cli/commands/status/routeStatus.ts";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { POD_ADDRESS, playPod } from "./harness/playPod.ts";
import { realTools } from "./harness/realTools.ts";
import { freePort } from "./harness/serverProcess.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("status and explain on a kube-apiserver, through a failover")}`, () => {
  let world: ControllerWorld;
  let replica: Replica;
  let port: string;

  beforeAll(async () => {
    world = await ControllerWorld.start();
    writeFileSync(join(world.folder, "admin"), world.apiserver.kubeconfig("admin"));
    await world.split("web");
    replica = await Replica.start(world, POD_ADDRESS === undefined ? {} : { "admin-address": `${POD_ADDRESS}:${await freePort()}` });
    port = new URL(replica.adminUrl).port;
    if (POD_ADDRESS !== undefined) await playPod(world, POD_ADDRESS);
    await replica.untilReady();
    await replica.untilLeading();
  });
  afterAll(async () => {
    await replica?.end("SIGKILL");
    await world?.stop();
  });

  const run = async (args: readonly string[], user: "kubeconfig" | "admin" = "admin") => {
    const all = [MAIN, ...args, "--kubeconfig", join(world.folder, user)];
    const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    const code = new Promise((resolve) => child.once("close", resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, out, err };
  };
  const explain = (...more: string[]) => run(["explain", "-n", "shop", "ts/web", ...more]);
  const status = async () => (JSON.parse((await run(["status", "-A", "-o", "json"])).out) as readonly RouteStatus[])[0];

  it.skipIf(POD_ADDRESS === undefined)("explain asks the leader's pod through the API server", async () => {
    expect(await status()).toMatchObject({ name: "web", status: "primary", services: ["web"], shifted: false });
    const { code, out, err } = await explain("--admin-port", port);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`as seen by the controller ${hostname()}`);
    expect(out).toMatch(/^web: weight 100 of baseline 100; serving for .*, fit\n {2}readiness: 1 ready\n/m);
    expect(out).toMatch(/^ {2}→ is removed at once with no endpoint ready$/m);
  });

  it("both show a failover, and explain shows what the backend waits for", async () => {
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    expect(await status()).toMatchObject({
      ...{ status: "fallback", services: ["web-east"], shifted: true },
      backends: [{ backend: "web", phase: "out", cause: "readiness" }, { backend: "web-east" }],
    });
    const { code, out, err } = await explain("--address", replica.adminUrl);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^web: weight 0 of baseline 100; out for .*, unfit\n {2}readiness: 0 ready, at least 1 needed\n {2}removed because of readiness$/m,
    );
    expect(out.replaceAll(/\n +/g, " ")).toContain("→ begins to return when it has been good for 3s: with 5%, 25%, 50%, 3s each");
    expect(out).toMatch(/failover \(readiness\), written: web 100 → 0,\s+web-east 0 → 100/);
  });

  it("status shows a return without the controller", async () => {
    await world.ready("web", true);
    const seen = await until("a step", status, (route) => route?.severity === "returning" && route.services.includes("web"));
    expect(seen?.status).toBe("fallback");
    await world.untilWeights("web", "100/0");
    expect(await status()).toMatchObject({ status: "primary", services: ["web"], shifted: false });
  });

  it("explain evaluates the route itself if it may not ask the controller, with the same permissions", async () => {
    const { code, out, err } = await run(["explain", "-n", "shop", "ts/web"], "kubeconfig");
    expect(code).toBe(0);
    expect(err).toMatch(/^linkerd-failover: no controller answered: the leader's pod .*: 403 Forbidden: /);
    expect(err).toContain("\nhint: this is a single tick by this command");
    expect(out).toMatch(/^web: weight 100 of baseline 100; serving for .*, fit$/m);
  });
});
