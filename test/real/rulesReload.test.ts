import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigMapMount } from "../controller/configMapMount.ts";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { realTools } from "./harness/realTools.ts";

const tools = realTools("kube-apiserver", "etcd");

const rules = (name: string, recoverAfter: string) => `version: 1
rules:
  - name: ${name}
    signals: {readiness: {minReady: 1}}
    recoverAfter: ${recoverAfter}
    return: {steps: [10%], every: 1s}
`;

interface Waiting {
  readonly rule: string;
  readonly phase: string;
  readonly since: string;
  /** What remains of `recoverAfter`. */
  readonly leftMs: number;
}

describe.skipIf(tools.absent)(`${tools.title("rules that change under a running controller")}`, () => {
  let world: ControllerWorld;
  let mount: ConfigMapMount;
  let one: Replica;

  beforeAll(async () => {
    world = await ControllerWorld.start();
    mount = new ConfigMapMount(mkdtempSync(join(world.folder, "mount-")), rules("patient", "10m"));
    one = await Replica.start(world, { rules: mount.path });
    await one.untilLeading();
  });
  afterAll(async () => {
    await one?.end("SIGKILL");
    await world?.stop();
  });

  const reloaded = (ok: 0 | 1) =>
    until(
      `config_last_reload_successful ${ok}`,
      () => one.metric("config_last_reload_successful"),
      (seen) => seen === ok,
    );
  const primary = async (): Promise<Waiting> => {
    const { rule, splits } = await one.json("/api/routes/TrafficSplit/shop/web");
    const { phase, since, reasons } = splits[0].backends[0];
    const wait = (reasons as { kind: string; for?: string; leftMs?: number }[]).find((r) => r.for === "recoverAfter");
    return { rule, phase, since, leftMs: wait?.leftMs ?? Number.NaN };
  };
  const warnings = () => one.lines().filter(({ level, msg }) => level === "warn" && msg.startsWith("the rules file"));

  it("change only the waits of a shifted route, and a broken file changes nothing", async () => {
    await world.split("web");
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    await world.ready("web", true);
    const before = await until("two good seconds", primary, ({ leftMs }) => leftMs <= 598_000);
    expect(before).toMatchObject({ rule: "patient", phase: "out" });

    mount.publish(rules("broken", "soon"));
    await reloaded(0);
    expect(warnings().map(({ msg }) => msg)).toEqual([expect.stringContaining(`${mount.path}:5:19: recoverAfter`)]);
    expect(await primary()).toMatchObject({ rule: "patient", phase: "out", since: before.since });

    mount.publish(rules("calm", "5m"));
    const after = await until("the new rule", primary, ({ rule }) => rule === "calm");
    await reloaded(1);
    expect(after).toMatchObject({ phase: "out", since: before.since });
    // The wait continues; it does not start again.
    expect(after.leftMs).toBeLessThanOrEqual(298_000);
    expect(await world.weights("web")).toBe("0/100");

    mount.publish(rules("quick", "1s"));
    await world.untilWeights("web", "10/90");
    await world.untilWeights("web", "100/0");
    expect(warnings()).toHaveLength(1);
  });

  it("stay in force while their file is missing or is a directory", async () => {
    rmSync(mount.path);
    await reloaded(0);
    await one.untilSaid("the file cannot be read: it does not exist");
    mkdirSync(mount.path);
    await one.untilSaid("the file cannot be read: it is not a file");
    expect(await one.metric("config_last_reload_successful")).toBe(0);
    expect(await primary()).toMatchObject({ rule: "quick" });
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    rmdirSync(mount.path);
    mount.link();
    await reloaded(1);
    expect(await primary()).toMatchObject({ rule: "quick" });
    await world.ready("web", true);
    await world.untilWeights("web", "100/0");
  });
});
