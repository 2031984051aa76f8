import type { Counts, Endpoints, Metrics, Observation } from "../src/evaluator/model/observation.ts";
import { initialState } from "../src/evaluator/model/state.ts";
import { step } from "../src/evaluator/step.ts";
import type { Route } from "../src/routes/route.ts";
import { trafficSplitCodec } from "../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../src/rules/defaultRules.ts";
import { median, quantile } from "./statistics.ts";

const ROUTES = 10_000;
const INTERVAL_MS = 5_000;
const SUFFIXES = ["a", "b", "c"] as const;
const TICKS_TO_WARM_UP = 5;
const TICKS_FOR_TIME = 50;
const TICKS_FOR_HEAP = [100, 1_000] as const;

/** Number of different observations in turn, so that every count differs from that of the last tick. */
const TURNS = 4;

/**
 * Measures `step` with 10 000 routes of 3 backends and all readings present: its duration if every count changes at every tick
 * and if no count changes, and whether its heap grows.
 */
export function benchStep(): void {
  const routes = routesOf(ROUTES);
  console.log(`step, ${ROUTES} routes × 3 backends, all readings present (bound: 100 ms)`);
  run("no count changes", [observationOf(routes, 0)], TICKS_TO_WARM_UP + TICKS_FOR_TIME);
  const turns = Array.from({ length: TURNS }, (_, turn) => observationOf(routes, turn));
  run("every count changes", turns, TICKS_FOR_HEAP[1]);
}

function run(what: string, observations: readonly Observation[], ticks: number): void {
  let state = initialState(INTERVAL_MS, "bench");
  const times: number[] = [];
  const heaps: string[] = [];
  for (let tick = 1; tick <= ticks; tick++) {
    const observation = observations[tick % observations.length];
    if (observation === undefined) continue;
    const fromMs = performance.now();
    state = step(state, observation, DEFAULT_RULES, tick * INTERVAL_MS).state;
    if (tick > TICKS_TO_WARM_UP && tick <= TICKS_TO_WARM_UP + TICKS_FOR_TIME) times.push(performance.now() - fromMs);
    if (TICKS_FOR_HEAP.some((at) => at === tick)) heaps.push(`after ${tick} ticks ${heapMib().toFixed(1)} MiB`);
  }
  console.log(`  ${what}: median ${median(times).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms over ${times.length} ticks`);
  if (heaps.length > 0) console.log(`    heap ${heaps.join(", ")}`);
}

function routesOf(count: number): readonly Route[] {
  return Array.from({ length: count }, (_, i) => {
    const backends = SUFFIXES.map((suffix) => `svc-${i}-${suffix}`);
    return trafficSplitCodec.read({
      apiVersion: "split.smi-spec.io/v1alpha2",
      metadata: { name: `route-${i}`, namespace: "bench", uid: String(i), resourceVersion: "1" },
      spec: { service: `svc-${i}`, backends: backends.map((service, j) => ({ service, weight: j === 0 ? 100 : 0 })) },
    });
  });
}

function observationOf(routes: readonly Route[], turn: number): Observation {
  const endpoints = new Map<string, Endpoints>();
  const leaves = new Map<string, Counts>();
  const apexes = new Map<string, Counts>();
  routes.forEach((route, i) => {
    // As in most ticks: some are fit, some are between the thresholds, and none fails.
    const counts: Counts = { total: 1_000 + i + turn, failures: i % 50 };
    for (const suffix of SUFFIXES) {
      const service = `bench/${route.apex}-${suffix}`;
      endpoints.set(service, { state: "counted", ready: 3, notReady: 0 });
      leaves.set(service, { ...counts });
    }
    apexes.set(`bench/${route.apex}`, { ...counts });
  });
  const metrics: Metrics = {
    requests: new Map([[30_000, { state: "answered", value: { leaves, apexes, routes: new Map() } }]]),
    latency: new Map(),
    unanswered: new Map(),
    gateways: { state: "answered", value: new Map() },
    queries: new Map(),
  };
  return { routes, endpoints, metrics, clusters: new Map() };
}

function heapMib(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
