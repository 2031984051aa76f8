import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createKubeApi } from "../src/kube/createKubeApi.ts";
import { loadKubeConfig } from "../src/kube/kubeConfig.ts";
import { cpuMs, memoryMb } from "./processUsage.ts";
import { ScaleScene, sideBySide } from "./scale/scaleScene.ts";
import { SimpleMetrics } from "./scale/simpleMetrics.ts";
import { MINUTES_OF_SOAK, soak } from "./scale/soak.ts";
import { median, quantile } from "./statistics.ts";

/** Routes of each row, unless `--routes N` says otherwise. */
const SPLITS = 500;
const HTTP_ROUTES = 5_000;
const IDLE_ROUTES = 10_000;
const SOAK_ROUTES = 250;

/** How far apart three routes change, in milliseconds. */
const APART_MS = 60;
const TIMES = 5;
const IDLE_MS = 60_000;
/** Some ticks in which the blocks of the loop are measured, which costs time of its own. */
const BLOCKS_MS = 20_000;
const BARE_WRITERS = 32;
/** Events that are not written by then are not counted. */
const EVENTS_LIMIT_MS = 60_000;

/** Rows of the table, each with a scene of its own. `npm run bench -- scale single` measures one. */
const ROWS: Readonly<Record<string, (scene: ScaleScene, options: RowOptions) => Promise<void>>> = {
  single: benchThree,
  splits: benchSplits,
  https: benchHttpRoutes,
  metrics: benchByMetrics,
  idle: benchIdle,
  soak: benchSoak,
};

/** It takes long, so it runs only if it is named. */
const ONLY_NAMED: readonly string[] = ["soak"];

interface RowOptions {
  readonly routes: number | null;
  /** Another program to measure in the same way. */
  readonly program: { readonly program?: string };
  readonly minutes: number;
}

/** Where a bare loop writes weights. */
const BARE = {
  HTTPRoute: { path: "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes", backends: "/spec/rules/0/backendRefs" },
  TrafficSplit: { path: "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits", backends: "/spec/backends" },
} as const;

/** What was measured, for the table at the end. */
const table: string[] = [];

/**
 * With a real kube-apiserver: what many routes cost, row by row, and a table of all of them. Options: names of rows, `--routes N`,
 * `--program FILE` for another build, `--minutes N` for `soak`. All rows but `soak` take some ten minutes on a quiet machine.
 */
export async function benchScale(args: readonly string[]): Promise<void> {
  const named = Object.keys(ROWS).filter((name) => args.includes(name));
  const program = optionOf(args, "--program");
  const minutes = Number(optionOf(args, "--minutes")) || MINUTES_OF_SOAK;
  const options = { routes: Number(optionOf(args, "--routes")) || null, program: program === null ? {} : { program }, minutes };
  for (const [name, row] of Object.entries(ROWS)) {
    if (named.length > 0 ? !named.includes(name) : ONLY_NAMED.includes(name)) continue;
    const scene = await ScaleScene.open();
    try {
      await row(scene, options);
    } catch (error) {
      // The other rows are worth having all the same.
      say(`${name}: no result`, String(error));
      process.exitCode = 1;
    } finally {
      await scene.stop();
    }
  }
  console.log(["", "| what | measured | load |", "|---|---|---|", ...table].join("\n"));
}

function optionOf(args: readonly string[], name: string): string | null {
  const at = args.indexOf(name);
  return at < 0 ? null : (args[at + 1] ?? null);
}

function say(what: string, ...results: readonly string[]): void {
  const load = (loadavg()[0] ?? Number.NaN).toFixed(1);
  console.log(`${what} (load ${load})`);
  for (const result of results) console.log(`  ${result}`);
  table.push(`| ${what} | ${results.join("; ")} | ${load} |`);
}

/** Three routes that change within 250 ms: the second and the third must not wait for the first. */
async function benchThree(scene: ScaleScene, { program }: RowOptions): Promise<void> {
  await scene.start(program);
  const times: number[][] = [[], [], []];
  for (let turn = 0; turn < TIMES; turn++) {
    const names = ["one", "two", "three"].map((name) => `${name}-${turn}`);
    await scene.splits(names);
    await sleep(1_000);
    const fromMs: number[] = [];
    for (const name of names) {
      fromMs.push(performance.now());
      await Promise.all([scene.world.ready(name, false), sleep(APART_MS)]);
    }
    const seen = await scene.shifted("TrafficSplit", names, "0/100");
    for (const [i, name] of names.entries()) times[i]?.push((seen.get(name) ?? Number.NaN) - (fromMs[i] ?? Number.NaN));
  }
  say(
    `change sent → patch seen by another watcher, each of three routes that change ${APART_MS} ms apart, medians of ${TIMES} (old program: 20 ms)`,
    times.map((own) => `${median(own).toFixed(0)} ms`).join(", "),
  );
}

/** Many TrafficSplits, each with Services of its own, lose their primaries at once. */
async function benchSplits(scene: ScaleScene, { routes, program }: RowOptions): Promise<void> {
  const names = namesOf(routes ?? SPLITS);
  await scene.splits(names);
  await scene.start(program);
  await sleep(3_000);
  const cpuFrom = cpuMs(scene.pid);
  const fromMs = new Map<string, number>();
  await sideBySide(names, async (name) => {
    fromMs.set(name, performance.now());
    await scene.world.ready(name, false);
  });
  const seen = await scene.shifted("TrafficSplit", names, "0/100");
  const times = names.map((name) => (seen.get(name) ?? Number.NaN) - (fromMs.get(name) ?? Number.NaN));
  const cpu = (cpuMs(scene.pid) - cpuFrom) / names.length;
  const peakMb = memoryMb(scene.pid, "VmHWM");
  scene.end();
  const bare = await bareLoop(scene, "TrafficSplit", names);
  say(
    `${names.length} TrafficSplits lose their primaries at once: own change → own patch (old program: median 1.6, p99 2.0, last 2.0 s)`,
    `median ${seconds(median(times))}, p99 ${seconds(quantile(times, 0.99))}, last ${seconds(Math.max(...times))}`,
    `a bare loop of the same patches: all within ${seconds((1_000 * names.length) / bare.perSecond)}`,
    `${cpu.toFixed(1)} ms CPU a shift (bare loop: ${bare.cpuMs.toFixed(1)}), at most ${peakMb.toFixed(0)} MB`,
  );
}

/** Many HTTPRoutes lose the primary that they share; then a bare loop writes the same patches back. */
async function benchHttpRoutes(scene: ScaleScene, { routes, program }: RowOptions): Promise<void> {
  const names = namesOf(routes ?? HTTP_ROUTES);
  await scene.httpRoutes(names);
  await scene.start(program);
  await sleep(3_000);
  const idleMs = await cpuOfSecond(scene);
  const cpuFrom = cpuMs(scene.pid);
  const fromMs = performance.now();
  await scene.world.ready("all", false);
  const seen = await scene.shifted("HTTPRoute", names, "0/100");
  const tookMs = Math.max(...seen.values()) - fromMs;
  const cpu = (cpuMs(scene.pid) - cpuFrom) / names.length;
  await eventsWritten(scene, idleMs);
  const withEvents = (cpuMs(scene.pid) - cpuFrom) / names.length;
  const peakMb = memoryMb(scene.pid, "VmHWM");
  scene.end();
  const bare = await bareLoop(scene, "HTTPRoute", names);
  const ours = (names.length / tookMs) * 1_000;
  say(
    `${names.length} HTTPRoutes lose their primary at once`,
    `${ours.toFixed(0)} patches/s, the last after ${seconds(tookMs)}; a bare loop of the same patches: ${bare.perSecond.toFixed(0)}/s; ratio ${(ours / bare.perSecond).toFixed(2)}`,
    `${cpu.toFixed(1)} ms CPU a shift (bare loop: ${bare.cpuMs.toFixed(1)}), ${withEvents.toFixed(1)} ms with its Event; at most ${peakMb.toFixed(0)} MB`,
  );
}

/** All routes fail by metrics at once, without brakes. */
async function benchByMetrics(scene: ScaleScene, { routes, program }: RowOptions): Promise<void> {
  const names = namesOf(routes ?? HTTP_ROUTES);
  const metrics = await SimpleMetrics.start();
  try {
    metrics.routes = names;
    await scene.httpRoutes(names);
    await scene.start({ ...program, prometheusUrl: metrics.url });
    // The first window must be over.
    await sleep(50_000);
    const fromMs = performance.now();
    metrics.fails = true;
    const seen = await scene.shifted("HTTPRoute", names, "0/100");
    const times = [...seen.values()].map((atMs) => atMs - fromMs);
    const firstMs = Math.min(...times);
    say(
      `${names.length} HTTPRoutes fail by metrics at once, brakes off`,
      `the first after ${seconds(firstMs)}, the last ${seconds(Math.max(...times) - firstMs)} later`,
    );
  } finally {
    metrics.stop();
  }
}

/** Nothing happens, and every count is new at every tick. */
async function benchIdle(scene: ScaleScene, { routes, program }: RowOptions): Promise<void> {
  const names = namesOf(routes ?? IDLE_ROUTES);
  const metrics = await SimpleMetrics.start();
  try {
    metrics.routes = names;
    await scene.httpRoutes(names);
    const readyMs = await scene.start({ ...program, prometheusUrl: metrics.url });
    await sleep(50_000);
    const from = {
      cpu: cpuMs(scene.pid),
      ticks: await scene.metric("tick_duration_seconds_count"),
      sum: await scene.metric("tick_duration_seconds_sum"),
    };
    await sleep(IDLE_MS);
    const cpu = ((cpuMs(scene.pid) - from.cpu) / IDLE_MS) * 60;
    const ticks = (await scene.metric("tick_duration_seconds_count")) - from.ticks;
    const sum = (await scene.metric("tick_duration_seconds_sum")) - from.sum;
    const restMb = memoryMb(scene.pid, "VmRSS");
    scene.measureBlocks();
    await sleep(BLOCKS_MS);
    const blockMs = await scene.endAndReadBlock();
    say(
      `${names.length} HTTPRoutes at rest, Prometheus on, every count new at every tick`,
      `${cpu.toFixed(1)} s CPU a minute (with two scrapes of /metrics), ${ticks} ticks that took ${(sum * 1_000).toFixed(0)} ms together`,
      `${restMb.toFixed(0)} MB; ready ${seconds(readyMs)} after its start`,
      `the loop is blocked for ${blockMs.toFixed(0)} ms of processor time at most`,
    );
  } finally {
    metrics.stop();
  }
}

/** Routes come, go and change each second, for long. */
async function benchSoak(scene: ScaleScene, { routes, program, minutes }: RowOptions): Promise<void> {
  const names = namesOf(routes ?? SOAK_ROUTES);
  const { heapsMb, restMb, seconds: took, cpuPercent } = await soak(scene, names, minutes, program);
  const shown = heapsMb.map((mb) => mb.toFixed(0)).join(", ");
  say(
    `${names.length} TrafficSplits and as many HTTPRoutes with metrics, one change a second for ${(took / 60).toFixed(0)} minutes`,
    `least heap in use in each tenth of the time: ${shown} MB; ${restMb.toFixed(0)} MB at the end, ${cpuPercent.toFixed(1)} % of a core`,
  );
}

/** Processor time of the controller in one second. */
async function cpuOfSecond(scene: ScaleScene): Promise<number> {
  const before = cpuMs(scene.pid);
  await sleep(1_000);
  return cpuMs(scene.pid) - before;
}

/** Waits until the Events are written, beside and after the patches: until the controller works as little as before. */
async function eventsWritten(scene: ScaleScene, idleMs: number): Promise<void> {
  const untilMs = performance.now() + EVENTS_LIMIT_MS;
  while (performance.now() < untilMs && (await cpuOfSecond(scene)) > 20 + 2 * idleMs);
}

/** What a loop does that writes the same patches with the controller's client and guard, and nothing else. */
interface BareLoop {
  readonly perSecond: number;
  /** Processor time of each patch. */
  readonly cpuMs: number;
}

async function bareLoop(scene: ScaleScene, kind: "HTTPRoute" | "TrafficSplit", names: readonly string[]): Promise<BareLoop> {
  const loaded = loadKubeConfig({ kubeconfig: join(scene.world.folder, "kubeconfig") });
  if (!loaded.ok) throw new Error(loaded.message);
  const kube = createKubeApi(loaded.kubeConfig);
  const { path, backends } = BARE[kind];
  const versions = new Map<string, string>();
  await sideBySide(
    names,
    async (name) => {
      const read = await kube.get(`${path}/${name}`);
      if (read.ok) versions.set(name, read.value.metadata?.resourceVersion ?? "");
    },
    BARE_WRITERS,
  );
  const fromMs = performance.now();
  const fromCpu = process.cpuUsage();
  await sideBySide(
    names,
    async (name) => {
      const patch = [
        { op: "replace", path: "/metadata/resourceVersion", value: versions.get(name) },
        { op: "replace", path: `${backends}/0/weight`, value: 50 },
        { op: "replace", path: `${backends}/1/weight`, value: 50 },
        { op: "replace", path: "/metadata/annotations/failover.linkerd.io~1state", value: "{}" },
      ];
      const written = await kube.patch(`${path}/${name}`, "application/json-patch+json", patch, { query: { fieldManager: "bare-loop" } });
      if (!written.ok) throw new Error(written.message);
    },
    BARE_WRITERS,
  );
  const { user, system } = process.cpuUsage(fromCpu);
  return { perSecond: (names.length / (performance.now() - fromMs)) * 1_000, cpuMs: (user + system) / 1_000 / names.length };
}

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `route-${i}`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 1_000 ? 2 : 1)} s`;
}
