import { setTimeout as sleep } from "node:timers/promises";
import { cpuMs, memoryMb } from "../processUsage.ts";
import type { ScaleScene, SceneOptions } from "./scaleScene.ts";
import { SimpleMetrics } from "./simpleMetrics.ts";

export const MINUTES_OF_SOAK = 10;

const CHANGE_EVERY_MS = 1_000;
/** Each so many changes a route is deleted, or comes back. */
const RECREATE_EVERY = 5;
const PARTS = 10;

export interface Soaked {
  /** The least heap in use that was seen in each tenth of the time: what is left after garbage collection. */
  readonly heapsMb: readonly number[];
  readonly restMb: number;
  readonly seconds: number;
  readonly cpuPercent: number;
}

/** Churn: each second one TrafficSplit loses its primary, gets it back, is deleted or is created again, and every count is new at every tick. */
export async function soak(
  scene: ScaleScene,
  names: readonly string[],
  minutes: number,
  program: Pick<SceneOptions, "program">,
): Promise<Soaked> {
  const metrics = await SimpleMetrics.start();
  try {
    metrics.routes = names;
    await scene.httpRoutes(names);
    await scene.splits(names);
    await scene.start({ ...program, prometheusUrl: metrics.url });
    const seconds = minutes * 60;
    const lowest = Array.from({ length: PARTS }, () => Number.POSITIVE_INFINITY);
    const cpuFrom = cpuMs(scene.pid);
    for (let second = 0; second < seconds; second++) {
      const nextMs = performance.now() + CHANGE_EVERY_MS;
      await change(scene, names, second);
      const part = Math.floor((second * PARTS) / seconds);
      const heapMb = (await scene.ownMetric("nodejs_heap_size_used_bytes")) / 1e6;
      lowest[part] = Math.min(lowest[part] ?? heapMb, heapMb);
      // It takes long, and may be ended before its end.
      if (part !== Math.floor(((second + 1) * PARTS) / seconds))
        console.log(`  part ${part + 1} of ${PARTS}: ${lowest[part].toFixed(0)} MB`);
      await sleep(Math.max(0, nextMs - performance.now()));
    }
    const cpuPercent = (cpuMs(scene.pid) - cpuFrom) / (seconds * 10);
    return { heapsMb: lowest, restMb: memoryMb(scene.pid, "VmRSS"), seconds, cpuPercent };
  } finally {
    metrics.stop();
  }
}

async function change(scene: ScaleScene, names: readonly string[], second: number): Promise<void> {
  const turn = Math.floor(second / names.length);
  const name = names[second % names.length] ?? "";
  if (second % RECREATE_EVERY === 0) await scene.recreate(name);
  else await scene.world.ready(name, turn % 2 === 1);
}
