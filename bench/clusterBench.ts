import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ControllerWorld, until } from "../test/real/controllerWorld.ts";
import { freePort } from "../test/real/harness/serverProcess.ts";
import { openPlainWatch } from "../test/world/plainHttp.ts";
import { cpuMs, memoryMb } from "./processUsage.ts";
import { median, quantile } from "./statistics.ts";

const SINGLE_CHANGES = 50;
const MANY_ROUTES = 500;
const WRITERS = 8;
const IDLE_MS = 20_000;
const SETTLE_LIMIT_MS = 120_000;
const WATCH_PATH = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits";

/** The bundle, as users run it. */
const PROGRAM = join(import.meta.dirname, "../dist/linkerd-failover.js");

/** With a real kube-apiserver: the time from an EndpointSlice change to the watch event of the patch, and CPU and memory. */
export async function benchCluster(): Promise<void> {
  const world = await ControllerWorld.start();
  const address = `127.0.0.1:${await freePort()}`;
  const settings = [
    "--kubeconfig",
    join(world.folder, "kubeconfig"),
    "--rules",
    join(world.folder, "rules.yaml"),
    "--admin-address",
    address,
  ];
  const child = spawn(process.execPath, [PROGRAM, "run", ...settings, "--log-level", "warn"], { stdio: "ignore" });
  try {
    const pid = child.pid ?? 0;
    await until(
      "the controller",
      () =>
        fetch(`http://${address}/readyz`).then(
          (a) => a.status,
          () => 0,
        ),
      (status) => status === 200,
    );
    await until(
      "leadership",
      () => fetch(`http://${address}/metrics`).then((a) => a.text()),
      (text) => text.includes("linkerd_failover_leader 1"),
    );
    const seen = await watchWeights(world);
    await benchSingle(world, seen);
    await benchMany(world, seen, pid);
  } finally {
    child.kill("SIGKILL");
    await world.stop();
  }
}

type Seen = Map<string, { readonly weights: string; readonly atMs: number }>;

async function watchWeights(world: ControllerWorld): Promise<Seen> {
  const seen: Seen = new Map();
  const watch = await openPlainWatch(world.apiserver.as("admin"), `${WATCH_PATH}?watch=true`);
  const follow = async () => {
    for (let event = await watch.next(); event !== null; event = await watch.next()) {
      const backends = (event.object?.spec?.backends ?? []) as { weight: unknown }[];
      const weights = backends.map(({ weight }) => String(weight)).join("/");
      seen.set(event.object?.metadata?.name, { weights, atMs: performance.now() });
    }
  };
  // At the end, the server stops during the watch.
  void follow().catch(() => undefined);
  return seen;
}

async function benchSingle(world: ControllerWorld, seen: Seen): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < SINGLE_CHANGES; i++) {
    const name = `one-${i}`;
    await world.split(name);
    await sleep(400);
    const fromMs = performance.now();
    await world.ready(name, false);
    const { atMs } = await until(
      name,
      async () => seen.get(name),
      (s) => s?.weights === "0/100",
    ).then((s) => s ?? { atMs: Number.NaN });
    times.push(atMs - fromMs);
  }
  console.log(`EndpointSlice change sent → patch seen by another watcher, ${SINGLE_CHANGES} times (bounds: median 60 ms, p99 300 ms)`);
  console.log(`  median ${median(times).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms`);
}

async function benchMany(world: ControllerWorld, seen: Seen, pid: number): Promise<void> {
  const names = Array.from({ length: MANY_ROUTES }, (_, i) => `many-${i}`);
  await sideBySide(names, (name) => world.split(name));
  await sleep(3_000);
  const idleFrom = cpuMs(pid);
  await sleep(IDLE_MS);
  console.log(`idle with ${MANY_ROUTES + SINGLE_CHANGES} routes (bound: 2 % of a core)`);
  console.log(`  ${(((cpuMs(pid) - idleFrom) / IDLE_MS) * 100).toFixed(2)} % of a core, ${memoryMb(pid, "VmRSS").toFixed(0)} MB`);
  const fromMs = new Map<string, number>();
  await sideBySide(names, async (name) => {
    fromMs.set(name, performance.now());
    await world.ready(name, false);
  });
  await until(
    "all routes to be shifted",
    async () => names.filter((name) => seen.get(name)?.weights !== "0/100").length,
    (left) => left === 0,
    SETTLE_LIMIT_MS,
  );
  const times = names.map((name) => (seen.get(name)?.atMs ?? Number.NaN) - (fromMs.get(name) ?? Number.NaN));
  console.log(`${MANY_ROUTES} TrafficSplits lose their primary at once (bounds: p99 1 500 ms, 150 MB)`);
  console.log(
    `  median ${median(times).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms, at most ${memoryMb(pid, "VmHWM").toFixed(0)} MB`,
  );
}

async function sideBySide(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const left = [...names];
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: WRITERS }, worker));
}
