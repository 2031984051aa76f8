import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ControllerWorld, until } from "../controllerWorld.ts";
import type { Mesh } from "../mesh.ts";
import { Scene } from "./scene.ts";

/** Short waits, because a fault can last longer than any of them. */
const RULES = `version: 1
rules:
  - name: metered
    signals:
      readiness: {minReady: 1}
      successRate: {failBelow: 90%, recoverAbove: 98%, window: 5s, minRequests: 10}
    failAfter: 2s
    recoverAfter: 1s
    return: {steps: [50%], every: 1s}
`;
/** One of the two backends has requests; the other one is quiet or has none. */
const READ = 'readings{signal="successRate",state="value"}';

const TROUBLE = "Prometheus does not answer";
const TROUBLE_OVER = "Prometheus answers again";
/** It is over after 30 s without a failed query. */
const TROUBLE_OVER_WITHIN_MS = 180_000;

/** A scene with clients whose requests Prometheus counts. */
export interface MeteredScene {
  readonly scene: Scene;
  readonly mesh: Mesh;
  /** Resolves once the success rate of the primary can be read again. */
  untilRead(): Promise<unknown>;
}

/** Opens a scene with a controller that uses the Prometheus at this URL, and waits until it reads the success rate. */
export async function openMeteredScene(
  world: ControllerWorld,
  name: string,
  mesh: Mesh,
  prometheusUrl: string,
  interval = "1s",
): Promise<MeteredScene> {
  const rules = join(world.folder, "metered.yaml");
  writeFileSync(rules, RULES);
  const scene = await Scene.open(world, name, { rules, "prometheus-url": prometheusUrl, interval });
  const untilRead = async () => {
    await scene.untilMetric("prometheus_up", (up) => up === 1);
    await until(
      `the success rate of ${name}`,
      () => scene.replica.metric(READ),
      (backends) => (backends ?? 0) > 0,
    );
  };
  await untilRead();
  // A query that a slow machine did not answer in time is a trouble of its own, and a fault soon after it would not be logged.
  await until(
    `an earlier trouble with the Prometheus of ${name} to be over`,
    async () => scene.replica.log,
    (log) => log.lastIndexOf(TROUBLE) <= log.lastIndexOf(TROUBLE_OVER),
    TROUBLE_OVER_WITHIN_MS,
  );
  return { scene, mesh, untilRead };
}
