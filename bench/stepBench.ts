import { loadavg } from "node:os";
import type { Changed, Counts, Endpoints, Metrics, Observation } from "../src/evaluator/model/observation.ts";
import { initialState } from "../src/evaluator/model/state.ts";
import { step } from "../src/evaluator/step.ts";
import type { Route } from "../src/routes/route.ts";
import { trafficSplitCodec } from "../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../src/rules/defaultRules.ts";
import { median, quantile } from "./statistics.ts";

const ROUTES = 10_000;
const INTERVAL_MS = 5_000;
const SUFFIXES = ["a", "b", "c"] as const;
/** Routes rest when their first window is over. */
const TICKS_TO_WARM_UP = 15;
const TICKS_FOR_TIME = 50;
const TICKS_FOR_HEAP = [100, 1_000] as const;

/** Number of different observations in turn, so that every count differs from that of the last tick. */
const TURNS = 4;

/**
 * Measures `step` with 10 000 routes of 3 backends and all readings present: its duration if every count changes at every tick, if
 * no count changes, and if one route changes between two ticks; and whether its heap grows.
 */
export function benchStep(): void {
  const routes = routesOf(ROUTES);
  const [one] = routes;
  const few = TICKS_TO_WARM_UP + TICKS_FOR_TIME;
  const changed: Changed = { routes: new Map(), onlyThese: false };
  console.log(
    `step, ${ROUTES} routes × 3 backends, all readings present: CPU time of its thread, load ${(loadavg()[0] ?? Number.NaN).toFixed(1)}`,
  );
  run("nothing new, the same answers (bound: 5 ms)", [{ ...observationOf(routes, 0), changed }], few);
  const equal = Array.from({ length: TURNS }, () => ({ ...observationOf(routes, 0), changed }));
  run("no count changes, new answers", equal, few);
  const turns = Array.from({ length: TURNS }, (_, turn) => ({ ...observationOf(routes, turn), changed }));
  run("every count changes (bound: 60 ms)", turns, TICKS_FOR_HEAP[1]);
  if (one !== undefined) run("one route changes, between two ticks", [observationOf(routes, 0)], few, new Map([[one.key, one]]));
}

/** Plays ticks. `between`: after the first ones, the routes that alone change. */
function run(what: string, observations: readonly Observation[], ticks: number, between: Changed["routes"] | null = null): void {
  let state = initialState(INTERVAL_MS, "bench");
  const times: number[] = [];
  const heaps: string[] = [];
  for (let tick = 1; tick <= ticks; tick++) {
    const seen = observations[tick % observations.length];
    if (seen === undefined) continue;
    const isBetween = between !== null && tick > TICKS_TO_WARM_UP;
    const observation = isBetween ? { ...seen, changed: { routes: between, onlyThese: true } } : seen;
    const from = process.threadCpuUsage();
    state = step(state, observation, DEFAULT_RULES, tick * INTERVAL_MS).state;
    if (tick > TICKS_TO_WARM_UP && tick <= TICKS_TO_WARM_UP + TICKS_FOR_TIME) times.push(cpuMsSince(from));
    if (TICKS_FOR_HEAP.some((at) => at === tick)) heaps.push(`after ${tick} ticks ${heapMib().toFixed(1)} MiB`);
  }
  console.log(`  ${what}: median ${median(times).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms over ${times.length} ticks`);
  if (heaps.length > 0) console.log(`    heap ${heaps.join(", ")}`);
}

/** CPU time of this thread: on a busy machine the time on the clock says more of the others. */
function cpuMsSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(from);
  return (user + system) / 1_000;
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
