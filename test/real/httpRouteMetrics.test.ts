import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica } from "./controllerWorld.ts";
import { applyGatewayApi } from "./harness/applyManifest.ts";
import { existingCluster, skipped, whyNoMetrics } from "./harness/existingCluster.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";
import { createHttpRoute, untilHttpRouteWeights } from "./httpRouteObject.ts";
import { Mesh } from "./mesh.ts";

const SCRAPE_MS = 2_000;
const WARM_UP_MS = 11_000;
/** The evidence alone must last 4 s. */
const FAIL_AFTER_MS = 4_000;
/** Window, scrape, evidence and tick take at most 10 s; the rest is for a shared, slow machine. */
const SHIFT_LIMIT_MS = 20_000;
const RETURN_LIMIT_MS = 60_000;

const noMetrics = whyNoMetrics();
const tools = realToolsWithCrds("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("HTTPRoutes judged by their clients' metrics, on real servers")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
    if (existingCluster() === null) await applyGatewayApi(world.apiserver.as("admin"), "1.4.1");
  });
  afterEach(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
    await world.admin("DELETE", world.leasePath);
  });
  afterAll(() => world?.stop());

  const untilWeights = (name: string, wanted: string, limitMs: number) => untilHttpRouteWeights(world, name, wanted, limitMs);
  /** A managed HTTPRoute over NAME and NAME-east, its clients, a Prometheus that scrapes them, and a controller after its warm-up. */
  const metered = async (name: string): Promise<Mesh> => {
    const mesh = await Mesh.ofHttpRoute(world, await createHttpRoute(world, name), name, "before 2.16");
    toStop.push(() => mesh.stop());
    const prometheus = await world.stage.metered(mesh, SCRAPE_MS);
    toStop.push(() => prometheus.stop());
    const one = await Replica.start(world, { "prometheus-url": prometheus.url });
    toStop.push(() => one.end("SIGKILL"));
    await one.untilLeading();
    await sleep(WARM_UP_MS);
    return mesh;
  };

  it.skipIf(noMetrics !== null)(`${skipped(noMetrics)}fail over on the success rate, not before failAfter, and return`, async () => {
    const mesh = await metered("rate");
    mesh.good.set("rate", 0.4);
    const faultMs = performance.now();
    await untilWeights("rate", "0/100", SHIFT_LIMIT_MS);
    expect(performance.now() - faultMs).toBeGreaterThan(FAIL_AFTER_MS);
    mesh.good.set("rate", 1);
    await untilWeights("rate", "100/0", RETURN_LIMIT_MS);
  });

  it.skipIf(noMetrics !== null)(
    `${skipped(noMetrics)}detect a primary that is dead behind ready endpoints, by failures that only the route counts`,
    async () => {
      const mesh = await metered("dead");
      mesh.dead.add("dead");
      await untilWeights("dead", "0/100", SHIFT_LIMIT_MS);
    },
  );
});
