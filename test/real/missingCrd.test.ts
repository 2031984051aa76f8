import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { applyCrds } from "./harness/applyManifest.ts";
import { realTools } from "./harness/realTools.ts";

const CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/trafficsplits.split.smi-spec.io";
const ABSENT = "the cluster has no trafficsplits: skipped, checked again every minute";
/** The controller checks for a missing kind every minute. */
const FOUND_WITHIN_MS = 100_000;

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("a cluster without the TrafficSplit CRD")}`, () => {
  let world: ControllerWorld;
  const replicas: Replica[] = [];
  const replica = async () => {
    const started = await Replica.start(world);
    replicas.push(started);
    return started;
  };
  const removeCrd = async () => {
    await world.admin("DELETE", CRD);
    await until(
      "the CRD to be gone",
      async () => (await world.admin("GET", CRD)).status,
      (status) => status === 404,
    );
  };
  const managed = (one: Replica, wanted: number, limitMs?: number) =>
    until(
      `${wanted} managed TrafficSplits`,
      () => one.metric('routes{kind="TrafficSplit"}'),
      (seen) => seen === wanted,
      limitMs,
    );
  const said = (one: Replica, text: string) => one.lines().filter(({ msg }) => msg === text).length;

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterEach(async () => {
    for (const one of replicas.splice(0)) await one.end("SIGKILL");
  });
  afterAll(() => world?.stop());

  it("the other kinds stay managed, and TrafficSplits are managed about a minute after their CRD is installed", async () => {
    await world.split("web");
    const lost = await replica();
    await lost.untilLeading();
    await managed(lost, 1);

    await removeCrd();
    await managed(lost, 0);
    await lost.untilSaid(ABSENT);
    const never = await replica();
    await never.untilReady();
    await never.untilSaid(ABSENT);
    const beat = await lost.metric("last_tick_timestamp_seconds");
    await until(
      "the next tick",
      () => lost.metric("last_tick_timestamp_seconds"),
      (now) => now !== beat,
    );
    expect(await Promise.all(["/livez", "/readyz"].map((path) => lost.status(path)))).toEqual([200, 200]);
    expect(await lost.metric("leader")).toBe(1);

    await applyCrds(world.apiserver.as("admin"));
    await world.split("web");
    await Promise.all([lost, never].map((one) => managed(one, 1, FOUND_WITHIN_MS)));
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    await lost.end("SIGTERM");
    await never.untilLeading();
    await world.ready("web", true);
    await world.untilWeights("web", "100/0");
    for (const one of [lost, never]) {
      await one.untilSaid("trafficsplits are watched now");
      expect(said(one, ABSENT)).toBe(1);
      expect(one.lines().filter(({ level, msg }) => level === "warn" && !msg.startsWith("no --prometheus-url"))).toEqual([]);
    }
  });
});
