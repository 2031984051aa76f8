import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, type Launch, type Replica, until } from "./controllerWorld.ts";
import { recordFault } from "./faults/recordFault.ts";
import { Scene } from "./faults/scene.ts";
import { openHttpProxy, type Passing } from "./harness/httpProxy.ts";
import { realTools } from "./harness/realTools.ts";
import { openTcpProxy } from "./harness/tcpProxy.ts";

/** A Lease is free after 15 s; a replica reads it at least every 2.5 s. The rest is slack for a shared, slow machine. */
const TAKEN_OVER_WITHIN_MS = 45_000;
const HOUR_MS = 3_600_000;
const STEP_LASTS_MS = 8_000;
/** Far less than the clocks differ, but enough for the start of a new replica on a slow machine. */
const STEP_AT_MOST_MS = 60_000;
/** A tenth of the interval, and the possible delay of the test's own polling. */
const STEP_SLACK_MS = 100 + 400;
/** A step lasts longer than the start of a process. */
const ONE_STEP = `version: 1
rules:
  - name: step
    signals: {readiness: {minReady: 1}}
    recoverAfter: 1s
    return: {steps: [50%], every: ${STEP_LASTS_MS}ms}
`;
const CLOCK = join(import.meta.dirname, "harness/skewedClock.ts");

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("several replicas")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterAll(async () => {
    for (const stop of toStop.reverse()) await stop();
    await world?.stop();
  });

  const start = async (name: string, settings?: Readonly<Record<string, string>>, launch?: Launch): Promise<Replica> => {
    const one = await Scene.controller(world, name, settings, launch);
    toStop.push(async () => {
      one.signal("SIGCONT");
      await one.end("SIGKILL");
    });
    await one.untilReady();
    return one;
  };
  const leads = (one: Replica) => one.metric("leader");
  const untilOneLeads = (replicas: readonly Replica[]): Promise<Replica> =>
    until(
      "one of them to lead",
      async () => Promise.all(replicas.map(leads)),
      (seen) => seen.includes(1),
      TAKEN_OVER_WITHIN_MS,
    ).then((seen) => replicas[seen.indexOf(1)] as Replica);
  const writes = async (name: string) => ((await world.object(name)).metadata.generation as number) - 1;

  it.concurrent("the write of a leader that was stopped halfway does not succeed", async () => {
    const proxy = await openHttpProxy({ url: world.apiserver.url, ca: world.apiserver.ca });
    toStop.push(() => proxy.stop());
    await Scene.prepare(world, "stopped");
    const leader = await start("stopped", { kubeconfig: world.kubeconfigVia(proxy.url) });
    await leader.untilLeading();
    const others = [await start("stopped"), await start("stopped")];
    const held: Passing[] = [];
    const isWrite = ({ method, path }: Passing) => method === "PATCH" && path.includes("/trafficsplits/");
    proxy.meddle((passing) => (isWrite(passing) ? held.push(passing) : passing.forward()));

    await world.ready("stopped", false);
    const [write] = await until(
      "the leader's write",
      async () => held,
      (seen) => seen.length > 0,
    );
    leader.signal("SIGSTOP");
    const stoppedMs = performance.now();
    const next = await untilOneLeads(others);
    await world.untilWeights("stopped", "0/100");
    const recoveryMs = performance.now() - stoppedMs;
    const decided = await world.object("stopped");

    write?.forward();
    expect(await until("its answer", async () => write?.response.headersSent && write.response.statusCode, Boolean)).toBe(409);
    leader.signal("SIGCONT");
    proxy.meddle(null);
    await leader.untilSaid("not leading: this replica watches and writes nothing");
    await sleep(3_000);
    expect(await Promise.all([leader, ...others].map(leads))).toEqual([0, ...others.map((one) => (one === next ? 1 : 0))]);
    expect(await world.object("stopped")).toEqual(decided);
    await world.ready("stopped", true);
    await world.untilWeights("stopped", "100/0");
    recordFault({
      ...{ theme: "replicas and Lease", fault: "the leader is stopped (SIGSTOP) with a write in flight, and continues later", recoveryMs },
      sight: { log: "leading: this replica writes" },
      note: "measured from the stop until another replica writes; the late write gets 409",
    });
  });

  it.concurrent("a leader that loses the network stops leading before another one leads", async () => {
    const proxy = await openTcpProxy(Number(new URL(world.apiserver.url).port));
    toStop.push(() => proxy.stop());
    await Scene.prepare(world, "cut");
    const leader = await start("cut", { kubeconfig: world.kubeconfigVia(`https://127.0.0.1:${proxy.port}`) });
    await leader.untilLeading();
    const other = await start("cut");
    proxy.suffer("silent");
    const cutMs = performance.now();
    await world.ready("cut", false);
    const seen: string[] = [];
    await until(
      "the other replica to write",
      async () => {
        seen.push((await Promise.all([leader, other].map(leads))).join());
        return world.weights("cut");
      },
      (weights) => weights === "0/100",
      TAKEN_OVER_WITHIN_MS,
    );
    const recoveryMs = performance.now() - cutMs;
    expect(seen).not.toContain("1,1");
    proxy.suffer(null);
    await sleep(5_000);
    expect(await Promise.all([leader, other].map(leads))).toEqual([0, 1]);
    expect(await writes("cut")).toBe(1);
    recordFault({
      ...{ theme: "replicas and Lease", fault: "only the leader loses the API server", recoveryMs },
      sight: { log: "not leading: this replica watches and writes nothing", metric: ["leader", 0] },
      note: "measured from the loss until another replica writes",
    });
  });

  it.concurrent.each([
    ["behind", -HOUR_MS, "a running replica"],
    ["ahead", HOUR_MS, "a running replica"],
    ["behind", -HOUR_MS, "a new replica"],
    ["ahead", HOUR_MS, "a new replica"],
  ])(
    "a step of the return has its full length if the leader's clock is an hour %s (%d ms) and %s takes over",
    async (skewed, skewMs, follower) => {
      const name = `${skewed}-${follower.replaceAll(" ", "-")}`;
      const rules = join(world.folder, "one-step.yaml");
      writeFileSync(rules, ONE_STEP);
      await Scene.prepare(world, name);
      const leader = await start(name, { rules }, { nodeArgs: ["--import", CLOCK], env: { SKEW_MS: String(skewMs) } });
      await leader.untilLeading();
      const other = follower === "a running replica" ? await start(name, { rules }) : null;
      await world.ready(name, false);
      await world.untilWeights(name, "0/100");
      // The watch event of the write can arrive before the server's answer.
      // Those of other routes are known from their Events.
      const decisions = async () =>
        ((await leader.json("/api/decisions")) as { at: string; name: string }[]).filter((one) => one.name === name);
      const [decided] = await until("the decision", decisions, (all) => all.length > 0);
      expect(Math.abs(Date.parse(decided?.at ?? "") - Date.now() - skewMs)).toBeLessThan(HOUR_MS / 2);
      await world.ready(name, true);
      const stood: { weights: string; sinceMs: number }[] = [];
      const read = async () => {
        const weights = await world.weights(name);
        if (stood.at(-1)?.weights !== weights) stood.push({ weights, sinceMs: performance.now() });
        return weights;
      };
      await until("the first step", read, (weights) => weights === "50/50");
      expect(await leader.end("SIGTERM")).toBe(0);
      const leftMs = performance.now();
      await (other ?? (await start(name, { rules }))).untilLeading();
      const recoveryMs = performance.now() - leftMs;
      await until("the owner's weights", read, (weights) => weights === "100/0");
      expect(stood.map(({ weights }) => weights)).toEqual(["0/100", "50/50", "100/0"]);
      const lastedMs = (stood[2]?.sinceMs ?? 0) - (stood[1]?.sinceMs ?? 0);
      expect(lastedMs).toBeGreaterThan(STEP_LASTS_MS - STEP_SLACK_MS);
      expect(lastedMs).toBeLessThan(STEP_AT_MOST_MS);
      recordFault({
        ...{ theme: "replicas and Lease", fault: `${follower} takes over from a leader whose clock is an hour ${skewed}`, recoveryMs },
        sight: { log: "leading: this replica writes" },
        note: "measured until the other replica leads; no step of the return is shorter or missing",
      });
    },
  );
});
