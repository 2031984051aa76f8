import { setImmediate as immediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Heartbeat, type Tick } from "../../src/controller/heartbeat.ts";
import { ROUTES_OF_SLICE } from "../../src/evaluator/health/awake.ts";
import type { Endpoints } from "../../src/evaluator/model/observation.ts";
import type { Route } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";

/** So long that no second regular tick comes. */
const INTERVAL_MS = 600_000;
/** On a busy machine even a short wait is long. */
const WAIT_MS = 20_000;
const SLICES = 5;
const ROUTES: readonly Route[] = Array.from({ length: SLICES * ROUTES_OF_SLICE }, (_, i) =>
  trafficSplitCodec.read({
    apiVersion: "split.smi-spec.io/v1alpha2",
    metadata: { name: `web-${i}`, namespace: "shop", uid: `web-${i}`, resourceVersion: "1" },
    spec: { service: `web-${i}`, backends: [`web-${i}`, `web-${i}-east`].map((service, j) => ({ service, weight: j === 0 ? 100 : 0 })) },
  }),
);

let ticks: Tick[];
let marked: Set<string>;
let down: Set<string>;
let heartbeat: Heartbeat;

/** Takes all endpoints of a Service away. */
function lose(name: string): void {
  down.add(`shop/${name}`);
  marked.add(`TrafficSplit/shop/${name}`);
  heartbeat.wake();
}

beforeEach(() => {
  [ticks, marked, down] = [[], new Set(), new Set()];
  heartbeat = new Heartbeat({
    observer: {
      start: async () => undefined,
      ask: async () => undefined,
      nextAskMs: () => null,
      observe: () => Promise.reject(new Error("the loop reads")),
      read: (_, at, also = []) => {
        const routes = new Map([...marked, ...also].map((key) => [key, ROUTES.find((own) => own.key === key) ?? null]));
        marked.clear();
        const gone = new Set(down);
        const endpoints = { get: (service: string): Endpoints => ({ state: "counted", ready: gone.has(service) ? 0 : 1, notReady: 0 }) };
        return { routes: ROUTES, endpoints, metrics: null, clusters: new Map(), changed: { routes, onlyThese: at === "changes" } };
      },
      noteWritten: () => undefined,
      health: () => ({ resources: [], prometheusUp: null, queries: { success: 0, partial: 0, error: 0, timeout: 0 }, leftOut: new Map() }),
    },
    rules: () => DEFAULT_RULES,
    intervalMs: INTERVAL_MS,
    identity: "me",
    dryRun: false,
    nowMs: () => Date.now(),
    onTick: (tick) => ticks.push(tick),
  });
  heartbeat.start();
});
afterEach(() => heartbeat.stop());

it("gives other work a turn between two slices of a tick over many routes", async () => {
  let turns = 0;
  while (ticks.length === 0) {
    turns += 1;
    await immediate();
  }
  expect(turns).toBeGreaterThanOrEqual(SLICES);
  expect(ticks[0]?.evaluated).toHaveLength(ROUTES.length);
});

it("decides about a change that comes during a tick right after it, and not by half of it", async () => {
  await immediate();
  await immediate();
  expect(ticks).toHaveLength(0);
  const last = ROUTES.length - 1;
  for (const i of [0, last]) lose(`web-${i}`);
  await vi.waitUntil(() => ticks.length === 2, { timeout: WAIT_MS });
  expect(ticks.map(({ decisions }) => decisions.map(({ route }) => route.name))).toEqual([[], ["web-0", `web-${last}`]]);
  expect(ticks[1]?.evaluated).toHaveLength(2);
});

it("shows the state of the last tick until the next one is over", async () => {
  await vi.waitUntil(() => ticks.length === 1, { timeout: WAIT_MS });
  const before = heartbeat.state;
  heartbeat.wakeAll();
  await immediate();
  await immediate();
  expect(ticks).toHaveLength(1);
  expect(heartbeat.state).toBe(before);
  await vi.waitUntil(() => ticks.length === 2, { timeout: WAIT_MS });
});

it("ends in the middle of a tick when it is stopped", async () => {
  await immediate();
  heartbeat.stop();
  for (let turn = 0; turn < 2 * SLICES; turn++) await immediate();
  expect(ticks).toHaveLength(0);
});
