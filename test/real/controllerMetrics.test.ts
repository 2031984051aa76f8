import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld } from "./controllerWorld.ts";
import { skipped, whyNoMetrics } from "./harness/existingCluster.ts";
import { realTools } from "./harness/realTools.ts";
import { DETECTED_WITHIN_MS, FAIL_AFTER_MS, startMetered } from "./meteredController.ts";

const noMetrics = whyNoMetrics();
const tools = realTools("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("the controller and its clients' metrics, on real servers")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];
  const metered = (name: string) => startMetered(world, name, toStop);

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterEach(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
    await world.admin("DELETE", world.leasePath);
  });
  afterAll(() => world?.stop());

  it.skipIf(noMetrics !== null)(
    `${skipped(noMetrics)}fails over on success rate within the bound and not before failAfter, and returns`,
    async () => {
      const { mesh } = await metered("rate");
      mesh.good.set("rate", 0.4);
      const faultMs = performance.now();
      await world.untilWeights("rate", "0/100", DETECTED_WITHIN_MS);
      expect(performance.now() - faultMs).toBeGreaterThan(FAIL_AFTER_MS);
      mesh.good.set("rate", 1);
      await world.untilWeights("rate", "100/0", 60_000);
    },
  );

  it.skipIf(noMetrics !== null)(`${skipped(noMetrics)}detects a primary that is dead behind ready endpoints`, async () => {
    const { mesh } = await metered("dead");
    mesh.dead.add("dead");
    await world.untilWeights("dead", "0/100", DETECTED_WITHIN_MS);
  });
});
