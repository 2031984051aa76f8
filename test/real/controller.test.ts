import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { skipped, whyNoBreaking, whyNoMetrics } from "./harness/existingCluster.ts";
import { realTools } from "./harness/realTools.ts";
import type { LosablePrometheus } from "./harness/stage.ts";
import { Mesh } from "./mesh.ts";

const SCRAPE_MS = 2_000;
const FAIL_AFTER_MS = 4_000;
const INTERVAL_MS = 1_000;
/**
 * Worst case until a fall to 40 % is detected: until the upper bound of the interval over a window of 10 s is below 90 %
 * (2.5 s at 40 requests per second), plus a scrape, failAfter, a tick, and the query.
 */
const DETECTION_BOUND_MS = 2_500 + SCRAPE_MS + FAIL_AFTER_MS + INTERVAL_MS + 500;
/** For a shared, slow machine. */
const SLACK_MS = 4_000;
const WARM_UP_MS = 11_000;

const noMetrics = whyNoMetrics();
const noBreaking = whyNoBreaking();
const tools = realTools("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("the controller on real servers")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];
  const replica = async (settings: Readonly<Record<string, string>> = {}) => {
    const started = await Replica.start(world, settings);
    toStop.push(() => started.end("SIGKILL"));
    return started;
  };
  const ready = (one: Replica) => one.untilReady();
  const leading = (one: Replica) => one.untilLeading();
  const weights = (name: string, wanted: string, limitMs?: number) => world.untilWeights(name, wanted, limitMs);
  const metered = async (name: string): Promise<{ mesh: Mesh; prometheus: LosablePrometheus; one: Replica }> => {
    await world.split(name);
    const mesh = await Mesh.ofTrafficSplit(world, name);
    toStop.push(() => mesh.stop());
    const prometheus = await world.stage.metered(mesh, SCRAPE_MS);
    toStop.push(() => prometheus.stop());
    const one = await replica({ "prometheus-url": prometheus.url });
    await leading(one);
    await sleep(WARM_UP_MS);
    return { mesh, prometheus, one };
  };

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterEach(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
    await world.admin("DELETE", world.leasePath);
  });
  afterAll(() => world?.stop());

  it("fails over on readiness, returns by every step, and changes only weights and its annotation", async () => {
    await world.split("web", [5, "500m"]);
    const before = await world.object("web");
    const one = await replica();
    await leading(one);
    expect(await world.events("web")).toEqual([]);
    await world.ready("web", false);
    await weights("web", "0/100");
    await until(
      "the Event",
      () => world.events("web"),
      (events) => events.includes("Failover"),
    );
    expect(
      await one.metric(
        `shifts_total{kind="TrafficSplit",namespace="${world.stage.shop}",route="web",direction="failover",cause="readiness"}`,
      ),
    ).toBe(1);
    await world.ready("web", true);
    const seen = new Set<string>();
    const read = async () => {
      const now = await world.weights("web");
      seen.add(now);
      return now;
    };
    await until("the owner's weights", read, (now) => now === "5/500m");
    expect([...seen]).toEqual(["0/100", "5/95", "23/77", "45/55", "5/500m"]);
    const after = await world.object("web");
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.labels).toEqual(before.metadata.labels);
    expect(Object.keys(after.metadata.annotations)).toEqual(["failover.linkerd.io/state"]);
    const decisions = (await one.json("/api/decisions")) as { direction: string; outcome: string }[];
    expect(decisions.filter((d) => d.outcome === "written").map((d) => d.direction)).toEqual([
      "return",
      "return",
      "return",
      "return",
      "failover",
    ]);
  });

  it.skipIf(noMetrics !== null)(
    `${skipped(noMetrics)}fails over on success rate within the bound and not before failAfter, and returns`,
    async () => {
      const { mesh } = await metered("rate");
      mesh.good.set("rate", 0.4);
      const faultMs = performance.now();
      await weights("rate", "0/100", DETECTION_BOUND_MS + SLACK_MS);
      expect(performance.now() - faultMs).toBeGreaterThan(FAIL_AFTER_MS);
      mesh.good.set("rate", 1);
      await weights("rate", "100/0", 60_000);
    },
  );

  it.skipIf(noMetrics !== null)(`${skipped(noMetrics)}detects a primary that is dead behind ready endpoints`, async () => {
    const { mesh } = await metered("dead");
    mesh.dead.add("dead");
    await weights("dead", "0/100", DETECTION_BOUND_MS + SLACK_MS);
  });

  it.skipIf(noMetrics !== null).each(["serving", "suspect", "out", "returning"])(
    `${skipped(noMetrics)}moves nothing except for lost endpoints when Prometheus dies while the primary is %s`,
    async (phase) => {
      const name = `lost-${phase}`;
      const { mesh, prometheus, one } = await metered(name);
      const phaseNow = async () =>
        (await one.json(`/api/routes/TrafficSplit/${world.stage.shop}/${name}`)).splits[0].backends[0].phase as string;
      if (phase !== "serving") mesh.good.set(name, 0.4);
      if (phase === "returning") {
        await weights(name, "0/100");
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
        5_000,
      );
    },
  );

  it("has one leader; the other replica takes over when it is killed, and at once when it stops", async () => {
    await world.split("two");
    const replicas = [await replica(), await replica()];
    await Promise.all(replicas.map(ready));
    const leaders = () => Promise.all(replicas.map((one) => one.metric("leader")));
    const first = await until("one leader", leaders, (seen) => seen.includes(1));
    expect(first.filter((leader) => leader === 1)).toHaveLength(1);
    const [leader, other] = first[0] === 1 ? replicas : [...replicas].reverse();
    await world.ready("two", false);
    await weights("two", "0/100");
    expect(await other?.metric('writes_total{kind="TrafficSplit",outcome="written"}')).toBe(0);
    await leader?.end("SIGKILL");
    const stood = await world.object("two");
    await until(
      "the other replica to lead",
      async () => other?.metric("leader"),
      (leads) => leads === 1,
      25_000,
    );
    expect((await world.object("two")).metadata.resourceVersion).toBe(stood.metadata.resourceVersion);
    await world.ready("two", true);
    await weights("two", "100/0", 60_000);
    const stoppedMs = performance.now();
    expect(await other?.end("SIGTERM")).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(5_000);
    const lease = await world.admin("GET", world.leasePath);
    expect(lease.body.spec.holderIdentity ?? "").toBe("");
  });

  it.skipIf(noBreaking !== null)(`${skipped(noBreaking)}waits for an API server that is down at the start`, async () => {
    await world.split("late");
    await world.apiserver.pause();
    const one = await replica();
    await until(
      "the process to be alive",
      () => one.status("/livez"),
      (status) => status === 200,
    );
    expect(await one.status("/readyz")).toBe(503);
    await world.apiserver.resume();
    await ready(one);
    await leading(one);
    await world.ready("late", false);
    await weights("late", "0/100");
  });

  it("releases a shifted route without its label, leaves its weights, and manages it again later", async () => {
    await world.split("label");
    const one = await replica();
    await leading(one);
    await world.ready("label", false);
    await weights("label", "0/100");
    await world.release("label");
    await one.untilSaid("no longer managed: its label was removed; its weights stay shifted");
    await until(
      "the next tick",
      () => one.status(`/api/routes/TrafficSplit/${world.stage.shop}/label`),
      (status) => status === 404,
    );
    expect(await one.metric(`backend_weight{kind="TrafficSplit",namespace="${world.stage.shop}",route="label"`)).toBeNull();
    await world.ready("label", true);
    await sleep(3_000);
    expect(await world.weights("label")).toBe("0/100");
    await world.label("label", world.stage.managedToo);
    await weights("label", "100/0", 60_000);
  });

  it("writes nothing in a dry run, and reports once what it would write", async () => {
    await world.split("dry");
    const before = await world.object("dry");
    const one = await replica({ "dry-run": "true" });
    await ready(one);
    await world.ready("dry", false);
    const written = () => one.metric('writes_total{kind="TrafficSplit",outcome="dryRun"}');
    await until("the desired weights", written, (count) => count === 1);
    await sleep(3_000);
    expect(await written()).toBe(1);
    // Desired weights count as written: the return is three steps and the owner's weights.
    await world.ready("dry", true);
    await until("every step of the return", written, (count) => count === 5);
    await sleep(3_000);
    expect(await written()).toBe(5);
    const outcomes = ((await one.json("/api/decisions")) as { outcome: string }[]).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array(5).fill("dryRun"));
    expect(await one.metric("leader")).toBeNull();
    expect(await one.metric(`shifts_total{kind="TrafficSplit",namespace="${world.stage.shop}",route="dry"`)).toBeNull();
    expect(await world.object("dry")).toEqual(before);
    expect(await world.events("dry")).toEqual([]);
    expect((await world.admin("GET", world.leasePath)).status).toBe(404);
  });
});
