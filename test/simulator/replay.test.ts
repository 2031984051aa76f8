import { describe, expect, it } from "vitest";
import type { Frame, Metrics } from "../../src/evaluator/model/observation.ts";
import type { Spelling } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { replay } from "../../src/simulator/replay.ts";

const INTERVAL_MS = 5_000;

function frame(tick: number, ready: number, weights: Readonly<Record<string, Spelling>>): Frame {
  const route = trafficSplitCodec.read({
    metadata: { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
    spec: { service: "web", backends: Object.entries(weights).map(([service, weight]) => ({ service, weight })) },
  });
  const endpoints = new Map([
    ["shop/web", { state: "counted", ready, notReady: 0 } as const],
    ["shop/east", { state: "counted", ready: 1, notReady: 0 } as const],
  ]);
  return { atMs: tick * INTERVAL_MS, observation: { routes: [route], endpoints, metrics: null, clusters: new Map() } };
}

const AT_REST = { web: 100, east: 0 };

describe("replay", () => {
  it("decides once for frames with constant weights, and later decides the return of its own shift", () => {
    const frames = Array.from({ length: 60 }, (_, tick) => frame(tick, tick >= 2 && tick < 6 ? 0 : 1, AT_REST));
    const told = [...replay(frames, DEFAULT_RULES, INTERVAL_MS)];
    expect(told).toHaveLength(frames.length);
    const weights = told.flatMap(({ decisions }) => decisions.map((d) => [d.direction, d.splits[0]?.after["web"]]));
    expect(weights).toEqual([
      ["failover", 0],
      ["return", 5],
      ["return", 25],
      ["return", 50],
      ["return", 100],
    ]);
  });

  it("uses the weights of the frames again after the owner has changed them", () => {
    const frames = [frame(0, 1, AT_REST), frame(1, 0, AT_REST), frame(2, 0, AT_REST), frame(3, 0, { web: 80, east: 20 })];
    const decided = [...replay(frames, DEFAULT_RULES, INTERVAL_MS)].map(({ decisions }) => decisions.map((d) => d.splits[0]?.before));
    expect(decided).toEqual([[], [{ web: 100, east: 0 }], [], [{ web: 80, east: 20 }]]);
  });

  it("attributes failures without a backend by the recorded weights, not by the decided ones", () => {
    const apexes = new Map([["shop/web", { total: 1_200, failures: 1_200 }]]);
    const dead = { leaves: new Map(), apexes, routes: new Map() };
    const metrics: Metrics = {
      requests: new Map([[30_000, { state: "answered", value: dead }]]),
      latency: new Map(),
      unanswered: new Map(),
      gateways: { state: "answered", value: new Map() },
      queries: new Map(),
    };
    const frames = Array.from({ length: 60 }, (_, tick): Frame => {
      const seen = frame(tick, 1, AT_REST);
      return { ...seen, observation: { ...seen.observation, metrics } };
    });
    const told = [...replay(frames, DEFAULT_RULES, INTERVAL_MS)];
    expect(told.flatMap(({ decisions }) => decisions.map((d) => [d.direction, d.splits[0]?.after]))).toEqual([
      ["failover", { web: 0, east: 100 }],
    ]);
    const [route] = told.at(-1)?.after.routes.values() ?? [];
    expect(route?.backends.get("web")?.state.phase).toBe("out");
    expect(route?.backends.get("east")?.state.phase).toBe("serving");
  });
});
