import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica } from "./controllerWorld.ts";
import { realTools } from "./harness/realTools.ts";

/** Its own limit is 4.5 s. */
const STOPPED_WITHIN_MS = 10_000;

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("a controller that is told to stop")}`, () => {
  let world: ControllerWorld;
  const replicas: Replica[] = [];
  const replica = async (settings: Readonly<Record<string, string>> = {}) => {
    const started = await Replica.start(world, settings);
    replicas.push(started);
    await started.untilReady();
    return started;
  };
  const logOnStop = async (one: Replica) => {
    const before = one.lines().length;
    const fromMs = performance.now();
    expect(await one.end("SIGTERM")).toBe(0);
    expect(performance.now() - fromMs).toBeLessThan(STOPPED_WITHIN_MS);
    return one
      .lines()
      .slice(before)
      .map(({ level, msg }) => `${level} ${msg}`);
  };

  beforeAll(async () => {
    world = await ControllerWorld.start();
    await world.split("web");
  });
  afterAll(async () => {
    for (const one of replicas) await one.end("SIGKILL");
    await world?.stop();
  });

  it("logs its stop and no warnings", async () => {
    const leader = await replica();
    await leader.untilLeading();
    const other = await replica();
    const dry = await replica({ "dry-run": "true" });
    expect(await logOnStop(dry)).toEqual(["info SIGTERM: stopping", "info stopped"]);
    expect(await logOnStop(other)).toEqual(["info SIGTERM: stopping", "info stopped"]);
    expect(await logOnStop(leader)).toEqual(["info SIGTERM: stopping", "info stopped; the Lease is released"]);
  });

  it("logs that it could not release its Lease if the API server is down", async () => {
    const leader = await replica();
    await leader.untilLeading();
    await world.apiserver.pause();
    const lines = await logOnStop(leader);
    expect(lines[0]).toBe("info SIGTERM: stopping");
    expect(lines.at(-1)).toMatch(/^warn stopped; the Lease could not be released, so it is held until it expires: Unreachable: /);
    expect(lines.join()).not.toContain("not leading");
  });
});
