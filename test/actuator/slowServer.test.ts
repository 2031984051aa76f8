import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WritePool } from "../../src/actuator/writePool.ts";
import { changesOf } from "../../src/evaluator/explain/changes.ts";
import type { Endpoints, Observation } from "../../src/evaluator/model/observation.ts";
import { initialState } from "../../src/evaluator/model/state.ts";
import { step } from "../../src/evaluator/step.ts";
import { STATE_ANNOTATION, writeMemory } from "../../src/routes/memory.ts";
import type { Route } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { backends, trafficSplit } from "../routes/routeObjects.ts";

const ROUTES = 100;
const WRITE_MS = 3_000;
/** The first number of writes in flight; slow answers make it smaller. */
const FEWEST_IN_FLIGHT = 8;
/** Changes of endpoints may cause a tick this often. */
const TICK_MS = 250;

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

it("decisions that wait for their turn are neither dropped nor braked, and each is logged once", async () => {
  const written = new Map<string, number>();
  let routes: readonly Route[] = Array.from({ length: ROUTES }, (_, i) => read(`r${i}`, 100, 0, {}));
  const pool = new WritePool({
    actuator: {
      write: async (route, { desired }) => {
        await new Promise((resolve) => {
          setTimeout(resolve, WRITE_MS);
        });
        const shifted = read(route.name, 0, 100, { [STATE_ANNOTATION]: writeMemory(desired.memory) });
        routes = routes.map((own) => (own.key === route.key ? shifted : own));
        return { outcome: "written", resourceVersion: shifted.resourceVersion };
      },
    },
    mayWrite: () => true,
    onOutcome: ({ route }) => void written.set(route.key, Date.now()),
  });
  let state = initialState(5_000, "test");
  const lines: string[] = [];
  const tick = (down: boolean) => {
    const next = step(state, { ...observe(routes, down), written }, DEFAULT_RULES, Date.now());
    for (const [key, route] of next.state.routes) lines.push(...changesOf(state.routes.get(key), route).map(({ text }) => text));
    state = next.state;
    const planned = next.decisions.map((decision) => ({ decision, route: routes.find(({ name }) => name === decision.route.name)! }));
    pool.take(planned, next.evaluated.keys());
  };
  tick(false);
  const turns = Math.ceil(ROUTES / FEWEST_IN_FLIGHT);
  for (let ms = 0; ms < turns * WRITE_MS; ms += TICK_MS) {
    tick(true);
    await vi.advanceTimersByTimeAsync(TICK_MS);
  }
  expect(written.size).toBe(ROUTES);
  expect(lines.filter((text) => text.includes("held by"))).toEqual([]);
  expect(lines).toHaveLength(ROUTES);
});

function read(name: string, web: number, east: number, annotations: Record<string, string>): Route {
  const metadata = { name, resourceVersion: `${web}` };
  return trafficSplitCodec.read(trafficSplit(backends(["web", web], ["east", east]), { annotations, metadata }));
}

function observe(routes: readonly Route[], down: boolean): Observation {
  const counted = (ready: number): Endpoints => ({ state: "counted", ready, notReady: 1 - ready });
  const endpoints = new Map([
    ["shop/web", counted(down ? 0 : 1)],
    ["shop/east", counted(1)],
  ]);
  return { routes, endpoints, metrics: null, clusters: new Map() };
}
