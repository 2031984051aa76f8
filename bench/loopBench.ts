import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { ControllerWorld, until } from "../test/real/controllerWorld.ts";
import { applyGatewayApi } from "../test/real/harness/applyManifest.ts";
import { freePort } from "../test/real/harness/serverProcess.ts";
import { Fleet } from "./fleet.ts";
import { imageFlags } from "./imageFlags.ts";
import { cpuMs, memoryMb } from "./processUsage.ts";
import { median } from "./statistics.ts";
import { type StillPrometheus, startStillPrometheus } from "./stillPrometheus.ts";
import type { Visits } from "./visitors.ts";

const SIZES = [1_000, 5_000, 10_000] as const;
const TIMES = 3;
const READY_LIMIT_MS = 120_000;
/** The first ticks have read all metrics, and their garbage has been collected, within this time. */
const SETTLE_MS = 20_000;
const BUSY_MS = 30_000;
const SCRAPE_EVERY_MS = 10_000;
const PAGES = 20;
/** How often an open status page asks. */
const PAGE_ASKS_EVERY_MS = 2_000;
const PROBE_EVERY_MS = 5;

const ROOT = join(import.meta.dirname, "..");

/** What one start of the controller took. */
interface Run {
  readonly readyMs: number;
  /** Backends whose success rate was read. */
  readonly counted: number;
  readonly restMb: number;
  readonly idlePercent: number;
  readonly longestMs: number;
  /** The longest block of its loop in processor time, which other processes do not lengthen. */
  readonly blockMs: number;
  readonly busyPercent: number;
  readonly peakMb: number;
}

/** With a real kube-apiserver and the answers of a real Prometheus: memory at rest, the start, and how long the loop is blocked. */
export async function benchLoop(args: readonly string[]): Promise<void> {
  const sizes = numbersAfter("--routes", args) ?? SIZES;
  const [times = TIMES] = numbersAfter("--times", args) ?? [];
  const world = await ControllerWorld.start();
  let prometheus: StillPrometheus | null = null;
  try {
    await applyGatewayApi(world.apiserver.as("admin"), "1.2.1");
    const fleet = new Fleet(world);
    for (const size of sizes) {
      await fleet.grow(size);
      // The series of other routes in the same namespaces would be read, too.
      await prometheus?.stop();
      prometheus = await startStillPrometheus("HTTPRoute", size);
      // The first start makes Prometheus answer once, which takes longer than later.
      await runOnce(world, prometheus.url);
      const runs: Run[] = [];
      for (let i = 0; i < times; i++) runs.push(await runOnce(world, prometheus.url));
      print(size, runs);
    }
  } finally {
    await prometheus?.stop();
    await world.stop();
  }
}

async function runOnce(world: ControllerWorld, prometheusUrl: string): Promise<Run> {
  await world.admin("DELETE", world.leasePath);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const settings = ["--kubeconfig", join(world.folder, "kubeconfig"), "--admin-address", address, "--prometheus-url", prometheusUrl];
  const limits = ["--max-routes-per-namespace", "100000", "--log-level", "error"];
  const fromMs = performance.now();
  const probed = ["--import", join(ROOT, "bench/loopProbe.ts")];
  const probeFile = join(world.folder, "longest-block");
  const child = spawn(
    process.execPath,
    [...imageFlags(), ...probed, join(ROOT, "dist/linkerd-failover.js"), "run", ...settings, ...limits],
    {
      stdio: "ignore",
      env: { ...process.env, LOOP_PROBE_FILE: probeFile },
    },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const pid = child.pid ?? 0;
  try {
    await until(
      "the controller",
      () =>
        fetch(`${url}/readyz`).then(
          (answer) => answer.status,
          () => 0,
        ),
      (status) => status === 200,
      READY_LIMIT_MS,
    );
    const readyMs = performance.now() - fromMs;
    await sleep(SETTLE_MS);
    const idle = await cpuPercent(pid, SETTLE_MS / 2);
    const restMb = memoryMb(pid, "VmRSS");
    const counted = await countedBackends(url);
    const stopping = new AbortController();
    child.kill("SIGUSR2");
    const busy = keepBusy(url);
    const longest = longestAnswer(url, stopping.signal);
    const busyPercent = await cpuPercent(pid, BUSY_MS);
    stopping.abort();
    await busy.terminate();
    const longestMs = await longest;
    const peakMb = memoryMb(pid, "VmHWM");
    child.kill("SIGTERM");
    await ended;
    const blockMs = Number(readFileSync(probeFile, "utf8"));
    return { readyMs, counted, restMb, idlePercent: idle, longestMs, blockMs, busyPercent, peakMb };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

async function countedBackends(url: string): Promise<number> {
  const text = await fetch(`${url}/metrics`).then((answer) => answer.text());
  return Number(/^linkerd_failover_readings\{signal="successRate",state="value"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function cpuPercent(pid: number, durationMs: number): Promise<number> {
  const beforeMs = cpuMs(pid);
  await sleep(durationMs);
  return ((cpuMs(pid) - beforeMs) / durationMs) * 100;
}

/** A Prometheus that scrapes, and open pages. */
function keepBusy(url: string): Worker {
  const visits: readonly Visits[] = [
    { url: `${url}/metrics`, everyMs: SCRAPE_EVERY_MS, copies: 1 },
    { url: `${url}/api/feed`, everyMs: PAGE_ASKS_EVERY_MS, copies: PAGES, follows: true },
  ];
  return new Worker(new URL("./visitors.ts", import.meta.url), { workerData: visits });
}

/** The longest time that a request which needs no work had to wait: from outside it is seen what the process itself may not see. */
async function longestAnswer(url: string, signal: AbortSignal): Promise<number> {
  let longestMs = 0;
  while (!signal.aborted) {
    const fromMs = performance.now();
    await fetch(`${url}/livez`).then(
      (answer) => answer.text(),
      () => undefined,
    );
    longestMs = Math.max(longestMs, performance.now() - fromMs);
    await sleep(PROBE_EVERY_MS);
  }
  return longestMs;
}

function print(size: number, runs: readonly Run[]): void {
  const of = (read: (run: Run) => number): string => median(runs.map(read)).toFixed(0);
  const load = loadavg()[0] ?? Number.NaN;
  console.log(`${size} HTTPRoutes × 3 backends, metrics on, medians of ${runs.length}, load ${load.toFixed(1)}`);
  console.log(
    `  start → ready ${of((run) => run.readyMs)} ms; at rest ${of((run) => run.restMb)} MB, ${of((run) => run.idlePercent)} % of a core; ${of((run) => run.counted)} backends with counts`,
  );
  console.log(
    `  /metrics every ${SCRAPE_EVERY_MS / 1_000} s and ${PAGES} pages: longest wait ${of((run) => run.longestMs)} ms, longest block ${of((run) => run.blockMs)} ms of processor time, ${of((run) => run.busyPercent)} % of a core, at most ${of((run) => run.peakMb)} MB`,
  );
}

/** `NAME 1,2,3`; null without it. */
function numbersAfter(name: string, args: readonly string[]): readonly number[] | null {
  const at = args.indexOf(name);
  if (at < 0) return null;
  const numbers = (args[at + 1] ?? "").split(",").map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number > 0)) throw new Error(`${name} wants numbers, as ${name} 1000,5000`);
  return numbers;
}
