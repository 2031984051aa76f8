import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "./controllerWorld.ts";
import { skipped, whyNoMetrics } from "./harness/existingCluster.ts";
import { realTools } from "./harness/realTools.ts";
import { meteredWorld } from "./meteredController.ts";

const noMetrics = whyNoMetrics();
const tools = realTools("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("the loss of Prometheus, on real servers")}`, () => {
  const { world: worldNow, metered } = meteredWorld();

  it.skipIf(noMetrics !== null).each(["serving", "suspect", "out", "returning"])(
    `${skipped(noMetrics)}moves nothing except for lost endpoints when Prometheus dies while the primary is %s`,
    async (phase) => {
      const name = `lost-${phase}`;
      const { mesh, prometheus, one } = await metered(name);
      const world = worldNow();
      const phaseNow = async () =>
        (await one.json(`/api/routes/TrafficSplit/${world.stage.shop}/${name}`)).splits[0].backends[0].phase as string;
      if (phase !== "serving") mesh.good.set(name, 0.4);
      if (phase === "returning") {
        await world.untilWeights(name, "0/100");
        mesh.good.set(name, 1);
      }
      await until(`the primary to be ${phase}`, phaseNow, (now) => now === phase, 60_000);
      await until(
        "its weights",
        () => world.weights(name),
        (w) => w === { serving: "100/0", suspect: "100/0", out: "0/100", returning: "5/95" }[phase],
      );
      await prometheus.kill();
      await until(
        "the outage to be seen",
        () => one.metric("prometheus_up"),
        (up) => up === 0,
      );
      const stood = await world.weights(name);
      for (let second = 0; second < 10; second++) {
        await sleep(1_000);
        expect(await world.weights(name)).toBe(stood);
      }
      await world.ready(stood.startsWith("0/") ? `${name}-east` : name, false);
      await until(
        "readiness to act",
        () => world.weights(name),
        (w) => w !== stood,
        15_000,
      );
    },
  );
});
