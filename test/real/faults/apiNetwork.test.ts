import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld } from "../controllerWorld.ts";
import { realTools } from "../harness/realTools.ts";
import { openTcpProxy, type TcpFault, type TcpProxy } from "../harness/tcpProxy.ts";
import { recordFault } from "./recordFault.ts";
import { type Play, Scene } from "./scene.ts";

/** A look at the Lease, which gets no answer for 5 s, and what a shared machine may take. */
const NOTICED_WITHIN_MS = 20_000;

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
  /** The primary loses its endpoints where nobody can see it, and traffic leaves it once somebody can. */
  const unseen = (scene: Scene, proxy: TcpProxy, fault: TcpFault): Omit<Play, "fault" | "sight"> => ({
    strike: () => proxy.suffer(fault),
    meanwhile: () => scene.ready(false),
    mend: () => proxy.suffer(null),
    converged: () => scene.untilWeights("0/100"),
    writes: 1,
  });

  it.concurrent("silence, after which everything arrives", async () => {
    const { scene, proxy } = await open("silent");
    await scene.play("network to the API server", {
      fault: "silent for longer than the Lease is held",
      sight: { log: "not leading: this replica watches and writes nothing", metric: ["leader", 0] },
      ...unseen(scene, proxy, "silent"),
    });
  });

  it.concurrent("connections that are reset, and none that can be made", async () => {
    const { scene, proxy } = await open("reset");
    await scene.play("network to the API server", {
      fault: "every connection is reset",
      sight: { log: "the Lease cannot be asked for, tried again", metric: ["leader", 0] },
      ...unseen(scene, proxy, "reset"),
    });
  });

  it.concurrent("everything 5 s later", async () => {
    const { scene, proxy } = await open("late");
    await scene.play("network to the API server", {
      fault: "everything arrives 5 s later, in both directions",
      sight: { log: "the Lease cannot be asked for, tried again: TimeLimit", metric: ["leader", 0] },
      ...unseen(scene, proxy, { delayMs: 5_000 }),
    });
  });

  it.concurrent("answers of which only the beginning arrives", async () => {
    const { scene, proxy } = await open("short");
    await scene.play("network to the API server", {
      fault: "connections end in the middle of an answer",
      sight: { log: "the Lease cannot be asked for, tried again", metric: ["leader", 0] },
      ...unseen(scene, proxy, { truncateAfterBytes: 2_000 }),
    });
  });

  it.concurrent("connections that were forgotten on the way", async () => {
    const { scene, proxy } = await open("forgotten");
    const writes = await scene.writes();
    proxy.suffer("forgotten");
    const forgottenMs = performance.now();
    await scene.ready(false);
    await scene.untilWeights("0/100", NOTICED_WITHIN_MS);
    const recoveryMs = performance.now() - forgottenMs;
    expect((await scene.writes()) - writes).toBe(1);
    const log = "the Lease cannot be asked for, tried again: TimeLimit";
    expect(scene.replica.log).toContain(log);
    recordFault({
      ...{ theme: "network to the API server", recoveryMs, sight: { log } },
      fault: "open connections are forgotten on the way, and nobody is told; new ones work",
      note: "from the forgetting and a loss of endpoints in the same moment; where no Lease is held, up to 55 s",
    });
  });
});
