import { describe, expect, it } from "vitest";
import { Feed } from "../src/admin/feed.ts";
import { createMetrics } from "../src/admin/metrics.ts";
import type { Endpoints, Observation } from "../src/evaluator/model/observation.ts";
import { initialState } from "../src/evaluator/model/state.ts";
import { step } from "../src/evaluator/step.ts";
import { whole } from "../src/linkerd/slices.ts";
import { askedRoutes } from "../src/observer/askedRoutes.ts";
import { Inquiry } from "../src/observer/inquiry.ts";
import { NOTHING_KNOWN } from "../src/observer/kept.ts";
import type { PrometheusClient } from "../src/observer/prometheus.ts";
import { CODECS } from "../src/routes/codecs.ts";
import type { Route } from "../src/routes/route.ts";
import { DEFAULT_RULES } from "../src/rules/defaultRules.ts";
import { parseExposition, textOf } from "./admin/exposition.ts";
import { reportOf } from "./admin/reports.ts";

const NOW_MS = Date.UTC(2026, 0, 2);
const TICK_MS = 5_000;
const TICKS = 30;
const STATE = "failover.linkerd.io/state";
const EVIL = `"} or vector(1) #\n<script>alert(1)</script>\u001b[2J{{service}}\\`;
/** About the size of the largest object that the API server stores. */
const MEGABYTE = 1_048_576;

interface Spelled {
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly service?: unknown;
  readonly backends?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
}

function splitOf(name: string, { namespace = "tenant", annotations = {}, service = name, backends, labels = {} }: Spelled): Route {
  const metadata = { name, namespace, uid: name, resourceVersion: "1", annotations, labels };
  const usual = [
    { service: name, weight: 100 },
    { service: "east", weight: 0 },
  ];
  return CODECS[0]!.read({
    apiVersion: "split.smi-spec.io/v1alpha2",
    kind: "TrafficSplit",
    metadata,
    spec: { service, backends: backends ?? usual },
  });
}

function memory(backends: unknown, splits: unknown = {}): Readonly<Record<string, string>> {
  return { [STATE]: JSON.stringify({ version: 1, splits, backends }) };
}

const far = { phase: "out", since: "9999-12-31T23:59:59Z", cause: "successRate", relapses: 1_000_000 };
const written = (web: number, east: number) => ({ "0": { baseline: { web: [web], east: [east] }, written: { web, east } } });

/** Objects that a hostile owner of a namespace can store. */
const HOSTILE: Readonly<Record<string, Spelled>> = {
  "far-future": { annotations: memory({ "far-future": far, east: far }) },
  "far-past": { annotations: memory({ "far-past": { phase: "returning", since: "0001-01-01T00:00:00Z", step: 1_000 } }) },
  "huge-numbers": {
    annotations: memory({}, { "0": { baseline: { "huge-numbers": [1e12], east: ["999G"] }, written: { "huge-numbers": 1e12, east: 0 } } }),
  },
  "beyond-numbers": {
    annotations: { [STATE]: '{"version":1,"splits":{"0":{"baseline":{"web":[1e999]},"written":{"web":NaN}}},"backends":{}}' },
  },
  neighbours: { annotations: memory({ web: far, "web.shop": far, "web.tenant": far }, written(0, 100)) },
  prototypes: {
    annotations: {
      [STATE]:
        '{"version":1,"__proto__":{"frozen":true},"splits":{"__proto__":{"baseline":{},"written":{}}},"backends":{"__proto__":{"phase":"out"},"constructor":{"phase":"out","since":"2026-01-01T00:00:00Z"}}}',
    },
  },
  "own-prototype": {
    backends: [
      { service: "__proto__", weight: 1 },
      { service: "constructor", weight: 1 },
    ],
  },
  constructors: {
    backends: [
      { service: "constructor", weight: 1 },
      { service: "tostring", weight: 1 },
    ],
  },
  deep: { annotations: { [STATE]: `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}` } },
  long: { annotations: { [STATE]: `{"version":1,"x":"${"x".repeat(MEGABYTE)}"}` } },
  words: {
    annotations: Object.fromEntries(
      ["primary-service", "tiers", "rule", "pin", "pin-until"].map((key) => [`failover.linkerd.io/${key}`, EVIL]),
    ),
  },
  labels: { labels: { [EVIL]: EVIL, __proto__: EVIL } },
  apex: { service: `web.${EVIL}` },
  "long-apex": { service: `web.${"x".repeat(MEGABYTE)}` },
  names: {
    backends: [
      { service: EVIL, weight: 1 },
      { service: "east", weight: 1 },
    ],
  },
  many: { backends: Array.from({ length: 10_000 }, (_, i) => ({ service: `b${i}`, weight: 1 })) },
  weights: {
    backends: [
      { service: "weights", weight: Number.NaN },
      { service: "east", weight: "1e99" },
    ],
  },
};
const hostile = Object.entries(HOSTILE).map(([name, spelled]) => splitOf(name, spelled));
const web = splitOf("web", { namespace: "shop" });
const endpoints = (readyAt: (tick: number) => boolean, tick: number) =>
  new Map<string, Endpoints>([
    ["shop/web", { state: "counted", ready: readyAt(tick) ? 1 : 0, notReady: 0 }],
    ["shop/east", { state: "counted", ready: 1, notReady: 0 }],
  ]);

/** Plays some ticks over these routes. The neighbour's backend has no ready endpoints for a while. No decision is written. */
function play(routes: readonly Route[]) {
  let state = initialState(TICK_MS, "me");
  const decided: unknown[] = [];
  for (let tick = 0; tick < TICKS; tick += 1) {
    const observation: Observation = { routes, endpoints: endpoints((t) => t < 5 || t > 15, tick), metrics: null, clusters: new Map() };
    const seen = step(state, observation, DEFAULT_RULES, NOW_MS + tick * TICK_MS);
    state = seen.state;
    decided.push([seen.decisions.filter(({ route }) => route.namespace === "shop"), state.routes.get("TrafficSplit/shop/web")]);
    if (seen.againInMs !== null) expect(seen.againInMs).toBeLessThanOrEqual(TICK_MS);
  }
  return { decided, state };
}

describe("a hostile tenant's objects", () => {
  it("change nothing for a neighbour's route, in any order", () => {
    const alone = play([web]).decided;
    expect(alone.flat().some((one) => Array.isArray(one) && one.length > 0)).toBe(true);
    expect(play([...hostile, web]).decided).toEqual(alone);
    expect(play([web, ...hostile]).decided).toEqual(alone);
  });

  it.each(hostile.map((route) => [route.name, route] as const))(
    "%s: leads to no desired weights that the API would reject",
    (_name, route) => {
      const { decisions } = step(
        initialState(TICK_MS, "me"),
        {
          routes: [route],
          endpoints: new Map([["tenant/east", { state: "counted", ready: 1, notReady: 0 }]]),
          metrics: null,
          clusters: new Map(),
        },
        DEFAULT_RULES,
        NOW_MS,
      );
      for (const { desired } of decisions) {
        const weights = desired.splits.flatMap((split) => split.backends.map(({ weight }) => weight));
        expect(weights.every((weight) => Number.isFinite(weight) && weight >= 0)).toBe(true);
        expect(weights.some((weight) => weight > 0)).toBe(true);
        expect(desired.splits.flatMap((split) => split.backends.map(({ backend }) => backend))).toEqual(
          route.splits.flatMap((split) => split.backends.map(({ backend }) => backend)),
        );
      }
      expect(({} as Record<string, unknown>)["frozen"]).toBeUndefined();
    },
  );

  it("are read without long texts, and with a limited number of backends", () => {
    expect(hostile.filter(({ memoryText }) => (memoryText?.length ?? 0) > 131_072)).toEqual([]);
    const read = new Map(hostile.map((route) => [route.name, route.problems.map(({ problem }) => problem)]));
    for (const name of ["names", "many", "weights", "own-prototype"]) expect([name, read.get(name)]).toEqual([name, ["unreadable"]]);
    expect(hostile.flatMap(({ problems }) => problems).filter(({ text }) => text.length > 300)).toEqual([]);
  });

  it("are escaped in metrics, and take little space on the page", async () => {
    const report = reportOf([...play([...hostile, web]).state.routes.values()]);
    const page = (await new Feed({ report: () => report, past: () => [] }).answer(null)).plain;
    expect(page.length).toBeLessThan(100_000);
    const routes = new Set(parseExposition(await textOf(createMetrics(() => report))).map(({ labels }) => labels["route"]));
    expect([...routes].filter((name) => name !== undefined).toSorted()).toEqual([...hostile, web].map(({ name }) => name).toSorted());
  });

  it("do not change the queries, except for the namespace, and do not make them long", async () => {
    const asked: string[] = [];
    const query = async (promql: string) => {
      asked.push(promql);
      return { ok: true, partial: null, samples: [] };
    };
    const prometheus = { query } as unknown as PrometheusClient;
    const ask = async (routes: readonly Route[]) => {
      const inquiry = new Inquiry(prometheus, whole(askedRoutes(routes, new Set())), NOTHING_KNOWN, undefined);
      await Promise.all([inquiry.requests(30_000), inquiry.latency(30_000, [500]), inquiry.unanswered(30_000)]);
      return asked.splice(0);
    };
    const calm = await ask([web, splitOf("calm", {})]);
    expect(calm.length).toBeGreaterThan(3);
    expect(await ask([web, ...hostile])).toEqual(calm);
  });
});
