import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll } from "vitest";
import { ControllerWorld, Replica } from "./controllerWorld.ts";
import type { LosablePrometheus } from "./harness/stage.ts";
import { Mesh } from "./mesh.ts";

const SCRAPE_MS = 2_000;
const INTERVAL_MS = 1_000;
export const FAIL_AFTER_MS = 4_000;
const WARM_UP_MS = 11_000;
/** For a shared, slow machine. */
const SLACK_MS = 10_000;
/**
 * Worst case until a fall to 40 % is detected: until the upper bound of the interval over a window of 10 s is below 90 %
 * (2.5 s at 40 requests per second), plus a scrape, failAfter, a tick, and the query.
 */
export const DETECTED_WITHIN_MS = 2_500 + SCRAPE_MS + FAIL_AFTER_MS + INTERVAL_MS + 500 + SLACK_MS;

export interface MeteredController {
  readonly mesh: Mesh;
  readonly prometheus: LosablePrometheus;
  readonly one: Replica;
}

/** A TrafficSplit, its clients, a Prometheus that scrapes them, and a controller after its warm-up. They are stopped by `toStop`. */
async function startMetered(world: ControllerWorld, name: string, toStop: (() => Promise<unknown>)[]): Promise<MeteredController> {
  await world.split(name);
  const mesh = await Mesh.ofTrafficSplit(world, name);
  toStop.push(() => mesh.stop());
  const prometheus = await world.stage.metered(mesh, SCRAPE_MS);
  toStop.push(() => prometheus.stop());
  const one = await Replica.start(world, { "prometheus-url": prometheus.url });
  toStop.push(() => one.end("SIGKILL"));
  await one.untilLeading();
  await sleep(WARM_UP_MS);
  return { mesh, prometheus, one };
}

/** The world of a test file, and its controllers with clients: they end with their test. */
export interface MeteredWorld {
  world(): ControllerWorld;
  metered(name: string): Promise<MeteredController>;
}

/** Starts a world before the tests of a `describe`, and stops it after them. */
export function meteredWorld(): MeteredWorld {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterEach(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
    await world.admin("DELETE", world.leasePath);
  });
  afterAll(() => world?.stop());
  return { world: () => world, metered: (name) => startMetered(world, name, toStop) };
}
