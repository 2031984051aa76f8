import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld } from "../controllerWorld.ts";
import { realTools } from "../harness/realTools.ts";
import { openTcpProxy, type TcpFault, type TcpProxy } from "../harness/tcpProxy.ts";
import { recordFault } from "./recordFault.ts";
import { type Play, Scene } from "./scene.ts";

/** An update of the Lease that times out after 5 s, with slack for a shared, slow machine. The watches alone would need 55 s. */
const NOTICED_WITHIN_MS = 30_000;

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("a bad network between the controller and the API server")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterAll(async () => {
    for (const stop of toStop.reverse()) await stop();
    await world?.stop();
  });

  const open = async (name: string): Promise<{ scene: Scene; proxy: TcpProxy }> => {
    const proxy = await openTcpProxy(Number(new URL(world.apiserver.url).port));
    toStop.push(() => proxy.stop());
    const scene = await Scene.open(world, name, { kubeconfig: world.kubeconfigVia(`https://127.0.0.1:${proxy.port}`) });
    toStop.push(() => scene.replica.end("SIGKILL"));
    return { scene, proxy };
  };
  /** The primary loses its endpoints during the fault, and traffic leaves it after the fault. */
  const unseen = (scene: Scene, proxy: TcpProxy, fault: TcpFault): Omit<Play, "fault" | "sight"> => ({
    strike: () => proxy.suffer(fault),
    meanwhile: () => scene.ready(false),
    mend: () => proxy.suffer(null),
    converged: () => scene.untilWeights("0/100"),
    writes: 1,
  });

  it.concurrent("a stall, after which all bytes arrive", async () => {
    const { scene, proxy } = await open("silent");
    await scene.play("network to the API server", {
      fault: "all traffic stalls for longer than the Lease lasts",
      sight: { log: "not leading: this replica watches and writes nothing", metric: ["leader", 0] },
      ...unseen(scene, proxy, "silent"),
    });
  });

  it.concurrent("connections that are reset, including new ones", async () => {
    const { scene, proxy } = await open("reset");
    await scene.play("network to the API server", {
      fault: "every connection is reset",
      sight: { log: "the Lease cannot be acquired or renewed, retrying", metric: ["leader", 0] },
      ...unseen(scene, proxy, "reset"),
    });
  });

  it.concurrent("5 s of latency", async () => {
    const { scene, proxy } = await open("late");
    await scene.play("network to the API server", {
      fault: "5 s of latency in both directions",
      sight: { log: "the Lease cannot be acquired or renewed, retrying: TimeLimit", metric: ["leader", 0] },
      ...unseen(scene, proxy, { delayMs: 5_000 }),
    });
  });

  it.concurrent("truncated answers", async () => {
    const { scene, proxy } = await open("short");
    await scene.play("network to the API server", {
      fault: "connections end in the middle of an answer",
      sight: { log: "the Lease cannot be acquired or renewed, retrying", metric: ["leader", 0] },
      ...unseen(scene, proxy, { truncateAfterBytes: 2_000 }),
    });
  });

  it.concurrent("connections that are dropped silently", async () => {
    const { scene, proxy } = await open("forgotten");
    const writes = await scene.writes();
    proxy.suffer("forgotten");
    const forgottenMs = performance.now();
    await scene.ready(false);
    await scene.untilWeights("0/100", NOTICED_WITHIN_MS);
    const recoveryMs = performance.now() - forgottenMs;
    expect((await scene.writes()) - writes).toBe(1);
    const log = "the Lease cannot be acquired or renewed, retrying: TimeLimit";
    expect(scene.replica.log).toContain(log);
    recordFault({
      ...{ theme: "network to the API server", recoveryMs, sight: { log } },
      fault: "open connections are dropped silently (no reset); new ones work",
      note: "measured from the drop, with a loss of endpoints at the same time; up to 55 s on a replica without the Lease",
    });
  });
});
