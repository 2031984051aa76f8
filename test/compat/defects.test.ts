import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CompatWorld } from "./compatWorld.ts";

const GENEROUS = { timeout: 30_000, interval: 20 };
const SEVERAL_TICKS_MS = 800;

let world: CompatWorld;
afterEach(() => world.stop());

async function start(prepare: (world: CompatWorld) => void): Promise<void> {
  world = await CompatWorld.start(prepare);
}
const untilWeights = (name: string, weights: string) => vi.waitFor(() => expect(world.weights(name)).toBe(weights), GENEROUS);

/** A route whose primary and secondary are both ready. */
function pair(own: CompatWorld, name: string, weights: readonly [unknown, unknown] = [1, 0], version?: string): void {
  own.split(name, { [name]: weights[0], [`${name}-east`]: weights[1] }, version);
  own.ready(name, true);
  own.ready(`${name}-east`, true);
}

describe("linkerd2#10533", () => {
  it("never writes weights that are all zero, whichever backends are ready", async () => {
    await start((own) => {
      pair(own, "web");
      pair(own, "api");
    });
    for (const service of ["web", "web-east", "api"]) world.ready(service, false);
    await untilWeights("api", "0/100");
    await sleep(SEVERAL_TICKS_MS);
    expect(world.weights("web")).toBe("1/0");
    expect(world.patches("web")).toBe(0);
  });

  it("does not manage a TrafficSplit that names a backend in another namespace, and reports it", async () => {
    await start((own) => {
      own.split("web", { web: 1, "web.dr": 0 });
      own.ready("web", false);
    });
    await vi.waitFor(() => expect(world.events("web")).toEqual(["Problem"]), GENEROUS);
    expect(world.warnings.join("\n")).toContain("web.dr");
    expect(world.weights("web")).toBe("1/0");
  });

  it("moves traffic to a backend in another namespace that an HTTPRoute names", async () => {
    await start((own) => {
      own.httpRoute("web", [
        { name: "web", port: 80, weight: 100 },
        { name: "web", namespace: "dr", port: 80, weight: 0 },
      ]);
      own.ready("web", true);
      own.ready("web", true, "dr");
    });
    world.ready("web", false);
    await vi.waitFor(() => expect(world.routeWeights("web")).toBe("0/100"), GENEROUS);
  });
});

describe("linkerd2#8464", () => {
  it("does not change the weights of two active backends, and restores them in their spelling", async () => {
    await start((own) => pair(own, "web", ["1500m", "500m"], "v1alpha1"));
    await sleep(SEVERAL_TICKS_MS);
    expect([world.weights("web"), world.patches("web")]).toEqual(["1500m/500m", 0]);
    world.ready("web-east", false);
    await untilWeights("web", "100/0");
    world.ready("web-east", true);
    await untilWeights("web", "1500m/500m");
  });
});

describe("other defects of Linkerd's linkerd-failover, without an issue number", () => {
  it("retries a failed patch at the next tick, without another event (it was not retried)", async () => {
    await start((own) => pair(own, "web"));
    world.double.faults.add({
      fault: { kind: "status", code: 500 },
      times: 3,
      matches: ({ method, path }) => method === "PATCH" && path.endsWith("/web"),
    });
    world.ready("web", false);
    await untilWeights("web", "0/100");
    expect(world.patches("web")).toBe(4);
  });

  it("sends an Event only after the patch succeeded (it was sent after a failed patch, too)", async () => {
    await start((own) => pair(own, "web"));
    const lift = world.double.faults.add({
      fault: { kind: "status", code: 403 },
      matches: ({ method, path }) => method === "PATCH" && path.endsWith("/web"),
    });
    world.ready("web", false);
    await vi.waitFor(() => expect(world.patches("web")).toBeGreaterThan(2), GENEROUS);
    expect(world.events("web")).toEqual([]);
    lift();
    await vi.waitFor(() => expect(world.events("web")).toEqual(["Failover"]), GENEROUS);
    expect(world.weights("web")).toBe("0/100");
  });

  it("waits for recoverAfter before traffic returns (it returned as soon as the primary was ready)", async () => {
    await start((own) => pair(own, "web"));
    world.ready("web", false);
    await untilWeights("web", "0/100");
    for (const isReady of [true, false, true]) {
      world.ready("web", isReady);
      await sleep(300);
    }
    const readyMs = performance.now();
    await untilWeights("web", "1/0");
    expect(performance.now() - readyMs).toBeGreaterThan(650);
    expect(world.patches("web")).toBe(2);
  });

  it("fails over the other routes when one object is unreadable (it stopped the whole list)", async () => {
    await start((own) => {
      own.split("odd", { odd: "lots", "odd-east": 0 }, "v1alpha1");
      pair(own, "web");
    });
    world.ready("web", false);
    await untilWeights("web", "0/100");
    expect(world.events("odd")).toEqual(["Problem"]);
    expect(world.weights("odd")).toBe("lots/0");
  });
});
