import { setImmediate as immediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Heartbeat, type Tick } from "../../src/controller/heartbeat.ts";
import type { Endpoints, Observation } from "../../src/evaluator/model/observation.ts";
import type { Observer } from "../../src/observer/observer.ts";
import type { Route } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";

/** So long that no second regular tick comes. */
const INTERVAL_MS = 600_000;
/** On a busy machine even a short wait is long. */
const WAIT_MS = 20_000;
const ROUTES: readonly Route[] = ["web", "cart", "users"].map((name) =>
  trafficSplitCodec.read({
    apiVersion: "split.smi-spec.io/v1alpha2",
    metadata: { name, namespace: "shop", uid: name, resourceVersion: "1" },
    spec: { service: name, backends: [name, `${name}-east`].map((service, i) => ({ service, weight: i === 0 ? 100 : 0 })) },
  }),
);

let routes: readonly Route[];
let reads: string[];
let ticks: Tick[];
let rules: RuleSet;
let marked: Set<string>;
let ready: Set<string>;
let heartbeat: Heartbeat;
/** When the next regular tick should begin, after the one that began at that time. */
let nextAsk: (lastMs: number) => number | null;

/** An observer whose Services are ready or not, and which says only what the test has marked. */
function observerOf(): Observer {
  const endpoints = { get: (service: string): Endpoints => ({ state: "counted", ready: ready.has(service) ? 1 : 0, notReady: 0 }) };
  return {
    start: async () => undefined,
    ask: async () => undefined,
    nextAskMs: (lastMs) => nextAsk(lastMs),
    observe: () => Promise.reject(new Error("the loop reads")),
    read: (_, at, also = []): Observation => {
      reads.push(at);
      const keys = [...marked, ...also];
      marked.clear();
      const changed = new Map(keys.map((key) => [key, routes.find((own) => own.key === key) ?? null]));
      return { routes, endpoints, metrics: null, clusters: new Map(), changed: { routes: changed, onlyThese: at === "changes" } };
    },
    noteWritten: () => undefined,
    health: () => ({ resources: [], prometheusUp: null, queries: { success: 0, partial: 0, error: 0, timeout: 0 }, leftOut: new Map() }),
  };
}

/** Takes all endpoints of a Service away. */
function lose(name: string): void {
  ready.delete(`shop/${name}`);
  marked.add(`TrafficSplit/shop/${name}`);
  heartbeat.wake();
}

const evaluated = () => ticks.map((tick) => tick.evaluated.map(({ route: { name } }) => name));
const decided = () => ticks.map((tick) => tick.decisions.map(({ route: { name } }) => name));

beforeEach(async () => {
  nextAsk = () => null;
  [routes, reads, ticks, rules, marked] = [ROUTES, [], [], DEFAULT_RULES, new Set()];
  ready = new Set(ROUTES.flatMap(({ name }) => [`shop/${name}`, `shop/${name}-east`]));
  heartbeat = new Heartbeat({
    observer: observerOf(),
    rules: () => rules,
    intervalMs: INTERVAL_MS,
    identity: "me",
    dryRun: false,
    nowMs: () => Date.now(),
    onTick: (tick) => ticks.push(tick),
  });
  heartbeat.start();
  await vi.waitUntil(() => ticks.length === 1, { timeout: WAIT_MS });
});
afterEach(() => heartbeat.stop());

describe("the loop", () => {
  it("begins with all routes, and then evaluates only those that change", async () => {
    lose("web");
    await immediate();
    expect(evaluated()).toEqual([["web", "cart", "users"], ["web"]]);
    expect(decided()).toEqual([[], ["web"]]);
    expect(reads).toEqual(["all", "changes"]);
  });

  it("decides about each change as soon as it comes, however soon after another one", async () => {
    for (const name of ["web", "cart", "users"]) {
      lose(name);
      await immediate();
    }
    expect(decided()).toEqual([[], ["web"], ["cart"], ["users"]]);
  });

  it("runs one tick for all changes that come together", async () => {
    for (const name of ["web", "cart"]) lose(name);
    await immediate();
    await immediate();
    expect(decided()).toEqual([[], ["web", "cart"]]);
  });

  it("evaluates all routes by new rules, and when this replica leads now or does not", async () => {
    rules = { ...DEFAULT_RULES };
    heartbeat.wake();
    await immediate();
    heartbeat.wakeAll();
    await immediate();
    expect(evaluated().slice(1)).toEqual([
      ["web", "cart", "users"],
      ["web", "cart", "users"],
    ]);
    expect(reads).toEqual(["all", "all", "all"]);
  });

  it("shows all routes after ticks over some of them", async () => {
    lose("web");
    await immediate();
    expect([...heartbeat.state.routes.keys()]).toHaveLength(3);
    expect(heartbeat.stateOf("TrafficSplit/shop/web")?.backends.get("web")?.state.phase).toBe("out");
  });

  it("shows what it has written at once, and decides by what the next tick sees", async () => {
    lose("web");
    await immediate();
    const decision = ticks[1]?.decisions[0]?.decision;
    const shown = () => {
      const { shifted, splits } = heartbeat.shown.routes.get("TrafficSplit/shop/web")!;
      return { shifted, live: splits[0]?.live };
    };
    expect(shown()).toEqual({ shifted: false, live: { web: 100, "web-east": 0 } });
    heartbeat.settled(decision!, { outcome: "written", resourceVersion: "2" });
    expect(shown()).toEqual({ shifted: true, live: { web: 0, "web-east": 100 } });
    expect(heartbeat.shown).toBe(heartbeat.shown);
    expect(heartbeat.stateOf("TrafficSplit/shop/web")?.shifted).toBe(false);
    const [web, ...others] = routes;
    routes = [{ ...web!, resourceVersion: "3" }, ...others];
    marked.add(web!.key);
    heartbeat.wake();
    await immediate();
    expect(shown()).toEqual({ shifted: false, live: { web: 100, "web-east": 0 } });
    expect(heartbeat.shown).toBe(heartbeat.state);
  });

  it("begins the next regular tick when new samples are expected, long before the interval is over", async () => {
    heartbeat.stop();
    const asked: number[] = [];
    // Two ticks at 40 ms after the last one, then none for the whole interval.
    nextAsk = (lastMs) => (asked.push(lastMs) <= 2 ? lastMs + 40 : null);
    heartbeat.start();
    await vi.waitUntil(() => asked.length === 3, { timeout: WAIT_MS });
    const [first = 0, second = 0, third = 0] = asked;
    // A timer may fire a millisecond early, and late on a busy machine.
    expect(Math.min(second - first, third - second)).toBeGreaterThan(38);
    expect(reads.slice(1)).toEqual(["all", "all", "all"]);
  });

  it("runs no tick after its stop", async () => {
    lose("web");
    heartbeat.stop();
    await immediate();
    expect(ticks).toHaveLength(1);
  });
});
