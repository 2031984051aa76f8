import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld } from "../controllerWorld.ts";
import { openHttpProxy } from "../harness/httpProxy.ts";
import { realTools } from "../harness/realTools.ts";
import { Scene } from "./scene.ts";

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("an API server that goes away")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterAll(async () => {
    for (const stop of toStop.reverse()) await stop();
    await world?.stop();
  });

  const open = async (name: string, settings?: Readonly<Record<string, string>>): Promise<Scene> => {
    const scene = await Scene.open(world, name, settings);
    toStop.push(() => scene.replica.end("SIGKILL"));
    return scene;
  };

  it("and comes back", async () => {
    const scene = await open("killed");
    await scene.play("API server", {
      fault: "kube-apiserver is killed and restarted",
      strike: () => world.apiserver.pause(),
      sight: { log: "the Lease cannot be acquired or renewed, retrying: Unreachable", metric: ["leader", 0], probe: ["/livez", 200] },
      mend: async () => {
        await world.apiserver.resume();
        await scene.ready(false);
      },
      converged: () => scene.untilWeights("0/100"),
      writes: 1,
    });
  });

  it("with its etcd", async () => {
    const scene = await open("etcd");
    await scene.play("API server", {
      fault: "etcd is killed and restarted",
      strike: () => world.apiserver.pauseEtcd(),
      sight: { log: "the Lease cannot be acquired or renewed, retrying", probe: ["/livez", 200] },
      mend: async () => {
        await world.apiserver.resumeEtcd();
        await scene.ready(false);
      },
      converged: () => scene.untilWeights("0/100"),
      writes: 1,
    });
  });

  it("and whose etcd is compacted meanwhile", async () => {
    const proxy = await openHttpProxy({ url: world.apiserver.url, ca: world.apiserver.ca });
    toStop.push(() => proxy.stop());
    const scene = await open("compacted", { kubeconfig: world.kubeconfigVia(proxy.url) });
    const asked: string[] = [];
    await scene.play("API server", {
      fault: "etcd is compacted while no watch is open (410)",
      strike: () => proxy.meddle(({ response }) => response.writeHead(503).end()),
      sight: { log: "the Lease cannot be acquired or renewed, retrying: ServiceUnavailable" },
      meanwhile: async () => {
        await scene.ready(false);
        await world.apiserver.pause();
        await world.apiserver.compact();
        await world.apiserver.resume();
      },
      mend: () =>
        proxy.meddle(({ path, forward }) => {
          asked.push(path);
          forward();
        }),
      converged: () => scene.untilWeights("0/100"),
      writes: 1,
    });
    const ofSlices = asked.filter((path) => path.includes("/endpointslices"));
    expect(ofSlices.map((path) => (path.includes("watch=true") ? "watch" : "list")).slice(0, 2)).toEqual(["watch", "list"]);
  });
});
