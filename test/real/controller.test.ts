import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { skipped, whyNoBreaking } from "./harness/existingCluster.ts";
import { realTools } from "./harness/realTools.ts";

const noBreaking = whyNoBreaking();
const tools = realTools("kube-apiserver", "etcd");

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

  it("knows after a restart, and while it stands by, what was decided before, from Events", async () => {
    await world.split("past");
    const first = await replica();
    await leading(first);
    await world.ready("past", false);
    await weights("past", "0/100");
    await until(
      "the Event",
      () => world.events("past"),
      (events) => events.includes("Failover"),
    );
    const standby = await replica();
    await ready(standby);
    const told = async (one: Replica) =>
      ((await one.json("/api/decisions")) as { name: string; before: object; after: object; reasons: { text: string }[] }[]).filter(
        ({ name }) => name === "past",
      );
    const [own] = await told(first);
    const [read] = await until(
      "the decision",
      () => told(standby),
      (all) => all.length > 0,
    );
    expect([read?.before, read?.after]).toEqual([own?.before, own?.after]);
    expect(read?.reasons[0]?.text).toContain("readiness: 0 ready");
    const feed = (await standby.json("/api/feed")) as {
      header: { role: string; leader: string; replica: string };
      routes: { key: string; severity: string }[];
    };
    expect(feed.header.role).toBe("stands by");
    expect(feed.header.leader).toBe(((await first.json("/api/feed")) as typeof feed).header.replica);
    expect(feed.routes.find(({ key }) => key.endsWith("/past"))?.severity).toBe("shifted");
  });

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
      45_000,
    );
    expect((await world.object("two")).metadata.resourceVersion).toBe(stood.metadata.resourceVersion);
    await world.ready("two", true);
    await weights("two", "100/0", 60_000);
    const stoppedMs = performance.now();
    expect(await other?.end("SIGTERM")).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(10_000);
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
    const decisions = (await one.json("/api/decisions")) as { name: string; outcome: string }[];
    const outcomes = decisions.filter(({ name }) => name === "dry").map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array(5).fill("dryRun"));
    expect(await one.metric("leader")).toBeNull();
    expect(await one.metric(`shifts_total{kind="TrafficSplit",namespace="${world.stage.shop}",route="dry"`)).toBeNull();
    expect(await world.object("dry")).toEqual(before);
    expect(await world.events("dry")).toEqual([]);
    expect((await world.admin("GET", world.leasePath)).status).toBe(404);
  });
});
