import { describe, expect, it } from "vitest";
import { skipped, whyNoMetrics } from "./harness/existingCluster.ts";
import { realTools } from "./harness/realTools.ts";
import { DETECTED_WITHIN_MS, FAIL_AFTER_MS, meteredWorld } from "./meteredController.ts";

const noMetrics = whyNoMetrics();
const tools = realTools("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("the controller and its clients' metrics, on real servers")}`, () => {
  const { world: worldNow, metered } = meteredWorld();

  it.skipIf(noMetrics !== null)(
    `${skipped(noMetrics)}fails over on success rate within the bound and not before failAfter, and returns`,
    async () => {
      const { mesh } = await metered("rate");
      const world = worldNow();
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
    await worldNow().untilWeights("dead", "0/100", DETECTED_WITHIN_MS);
  });
});
