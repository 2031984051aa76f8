import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { applyGatewayApi } from "./harness/applyManifest.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";
import { createHttpRoute, httpRouteWeights } from "./httpRouteObject.ts";
import { Mesh } from "./mesh.ts";

const ROUTES = ["one", "two", "three", "four", "five"];
const PER_SECOND = 20;
/** All routes may leave at once, because each is an outage of its own. */
const RULES = `version: 1
rules:
  - name: quick
    signals:
      successRate: {failBelow: 90%, recoverAbove: 98%, window: 10s, minRequests: 20}
    failAfter: 4s
brakes: {maxShifted: {share: 100%, atLeast: 5, within: 1m}}
`;
const INTERVAL_MS = 2_000;
/** A new Prometheus must have scraped for 20 s before its interval can be measured; then three answers must agree. */
const LEARN_MS = 45_000;
const TICKS = 10;
const POLL_MS = 10;
/** At random moments a sample waits 1 s for a tick on average, 2 s at most. Following it, a tenth; 600 ms if scrapes are slow. */
const WAIT_LIMIT_MS = 500;
/** So many of the ticks must not be delayed by the machine. */
const PROMPT_TICKS = 3;
const FOLLOW_LIMIT_MS = 120_000;
const APART_MS = 700;
const SHIFT_LIMIT_MS = 30_000;
const STORY_LIMIT_MS = 180_000;

const tools = realToolsWithCrds("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("ticks that follow the scrapes of a real Prometheus")}`, () => {
  let world: ControllerWorld;
  let prometheus: PrometheusServer;
  let one: Replica;
  const meshes = new Map<string, Mesh>();
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
    await applyGatewayApi(world.apiserver.as("admin"), "1.4.1");
    for (const name of ROUTES) {
      const mesh = await Mesh.ofHttpRoute(world, await createHttpRoute(world, name), name, "since 2.16", PER_SECOND);
      meshes.set(name, mesh);
      toStop.push(() => mesh.stop());
    }
    const proxy = await oneProxy([...meshes.values()].map(({ target }) => target));
    toStop.push(async () => proxy.close());
    const target = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    prometheus = await startPrometheus({ targets: [target], scrapeIntervalMs: INTERVAL_MS });
    toStop.push(() => prometheus.stop());
    writeFileSync(join(world.folder, "rules.yaml"), RULES);
    one = await Replica.start(world, { "prometheus-url": prometheus.url, interval: `${INTERVAL_MS / 1_000}s` });
    toStop.push(() => one.end("SIGKILL"));
    await one.untilLeading();
    await sleep(LEARN_MS);
  });
  afterAll(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
    await world?.stop();
  });

  /** When the controller queries Prometheus next: then a regular tick begins. */
  const nextAskMs = async (): Promise<number> => {
    const asked = () => one.metric('prometheus_queries_total{outcome="success"}');
    // The queries of the last tick are over.
    await sleep(INTERVAL_MS / 4);
    const before = await asked();
    while ((await asked()) === before) await sleep(POLL_MS);
    return Date.now();
  };
  const lastSampleMs = async (): Promise<number> => {
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent("max(timestamp(proxy_build_info))")}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1]) * 1_000;
  };

  it("come soon after the samples, and as often as the interval says", { timeout: STORY_LIMIT_MS }, async () => {
    const waits: number[] = [];
    const beganMs = await nextAskMs();
    let askedMs = beganMs;
    const arePrompt = () => waits.slice(-TICKS).filter((waitMs) => waitMs < WAIT_LIMIT_MS).length >= PROMPT_TICKS;
    // While the machine is so busy that answers are slow, they tell no rhythm.
    while (waits.length < TICKS || (!arePrompt() && askedMs - beganMs < FOLLOW_LIMIT_MS)) {
      askedMs = await nextAskMs();
      const waitMs = (askedMs - (await lastSampleMs())) % INTERVAL_MS;
      waits.push((waitMs + INTERVAL_MS) % INTERVAL_MS);
    }
    expect(arePrompt(), `sample → tick in ms: ${waits.map(Math.round).join(", ")}`).toBe(true);
    expect((askedMs - beganMs) / waits.length).toBeGreaterThan(0.8 * INTERVAL_MS);
  });

  it("see total outages no sooner than the rule allows", { timeout: STORY_LIMIT_MS }, async () => {
    const took = await Promise.all(
      ROUTES.map(async (name, i) => {
        await sleep(i * APART_MS);
        meshes.get(name)?.good.set(name, 0);
        const fromMs = performance.now();
        await until(
          `${name} at 0/100`,
          () => httpRouteWeights(world, name),
          (seen) => seen === "0/100",
          SHIFT_LIMIT_MS,
        );
        return performance.now() - fromMs;
      }),
    );
    // Never before failAfter. The message has all of them: docs/tuning.md tells such a measurement.
    expect(Math.min(...took), `outage → patch in ms: ${took.map(Math.round).join(", ")}`).toBeGreaterThan(4_000);
  });
});

/** One proxy that all clients use: their counters in one scrape. */
async function oneProxy(targets: readonly string[]): Promise<Server> {
  const server = createServer((_request, response) => {
    void (async () => {
      const parts = await Promise.all(targets.map(async (target) => (await fetch(`http://${target}/metrics`)).text()));
      const [first = "", ...others] = parts;
      const counters = others.map((text) => text.split("\n").filter((line) => line.includes("{") && !line.startsWith("proxy_build_info")));
      response.end(`${first}${counters.flat().join("\n")}\n`);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
