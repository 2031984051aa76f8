import { describe, expect, it } from "vitest";
import { type Answers, haveSameAnswers, readsTheSame } from "../../../src/evaluator/health/readsTheSame.ts";
import type { Counts, Metrics, RequestCounts } from "../../../src/evaluator/model/observation.ts";
import { survey } from "../../../src/evaluator/model/survey.ts";
import type { RouteKind } from "../../../src/routes/route.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { route } from "../../observer/fakeCodec.ts";

const RULE = ruleSchema.parse({
  name: "all",
  signals: {
    readiness: {},
    gateway: {},
    successRate: { window: "30s" },
    latency: { under: "500ms", window: "1m" },
    unanswered: { window: "30s" },
    queries: [{ name: "queue", query: "max(queue)", failAbove: 10, recoverBelow: 1 }],
  },
});
const A: Counts = { total: 100, failures: 1 };
const B: Counts = { total: 100, failures: 2 };

/** Equal answers in new objects, with parts of their own. */
function answers(requests: Partial<RequestCounts> = {}, metrics: Partial<Metrics> = {}, rest: Partial<Answers> = {}): Answers {
  const value: RequestCounts = {
    leaves: new Map([["shop/web", { ...A }]]),
    apexes: new Map([["shop/web", { ...A }]]),
    routes: new Map([["HTTPRoute/shop/web", { ...A }]]),
    ...requests,
  };
  return {
    metrics: {
      requests: new Map([[30_000, { state: "answered", value }]]),
      latency: new Map([["500/60000", { state: "answered", value: new Map([["shop/web", { ...A }]]) }]]),
      unanswered: new Map([[30_000, { state: "answered", value: new Map([["shop/web", { ...A }]]) }]]),
      gateways: { state: "answered", value: new Map() },
      queries: new Map(),
      ...metrics,
    },
    clusters: new Map(),
    byName: new Map(),
    ...rest,
  };
}

function isSame(kind: RouteKind, before: Answers, now: Answers): boolean {
  const key = `${kind}/shop/web`;
  return readsTheSame(survey(null, { ...route("shop", "web", ["web", "east"], { kind, apex: "web" }), key }, null), RULE, before, now);
}

const own = (counts: Counts) => new Map([["HTTPRoute/shop/web", new Map([["shop/web", counts]])]]);
const alive = { name: "west", gateway: "alive", sinceMs: 0, known: "alive" } as const;
const clusters = new Map([["shop/east", "west"]]);

describe("a route reads the same", () => {
  it.each<RouteKind>(["TrafficSplit", "HTTPRoute", "GRPCRoute"])("from equal answers in new objects: %s", (kind) => {
    expect(isSame(kind, answers(), answers())).toBe(true);
    expect(haveSameAnswers(answers().metrics, answers().metrics)).toBe(false);
  });

  it.each<[string, Answers, Answers]>([
    [
      "a TrafficSplit",
      answers(),
      answers({
        leaves: new Map([
          ["shop/else", B],
          ["shop/web", { ...A }],
        ]),
      }),
    ],
    [
      "the counts of others",
      answers(),
      answers({
        routes: new Map([
          ["HTTPRoute/shop/other", B],
          ["HTTPRoute/shop/web", { ...A }],
        ]),
      }),
    ],
    ["the apexes of TrafficSplits", answers(), answers({ apexes: new Map() })],
  ])("for an HTTPRoute, whatever becomes of %s", (_, before, now) => {
    expect(isSame("HTTPRoute", before, now)).toBe(true);
  });
});

describe("a route reads something else", () => {
  it.each<[string, RouteKind, Answers, Answers]>([
    ["a leaf", "TrafficSplit", answers(), answers({ leaves: new Map([["shop/web", B]]) })],
    [
      "a leaf that was not there",
      "TrafficSplit",
      answers(),
      answers({
        leaves: new Map([
          ["shop/web", A],
          ["shop/east", A],
        ]),
      }),
    ],
    ["its apex", "TrafficSplit", answers(), answers({ apexes: new Map([["shop/web", B]]) })],
    ["what was sent", "TrafficSplit", answers(), answers({ sent: new Map([["shop/web", new Map([["shop/web", 7]])]]) })],
    ["the route's own counts", "HTTPRoute", answers(), answers({ routes: new Map([["HTTPRoute/shop/web", B]]) })],
    ["its backends' own counts", "HTTPRoute", answers({ backends: own(A) }), answers({ backends: own(B) })],
    ["that it has own counts", "HTTPRoute", answers(), answers({ backends: own(A) })],
    ["gRPC failures", "HTTPRoute", answers({ backends: own(A) }), answers({ backends: own(A), grpcLeaves: new Map([["shop/web", B]]) })],
    ["a family that failed", "TrafficSplit", answers(), answers({ failed: new Map([["leaves", "too slow"]]) })],
    ["no answer", "TrafficSplit", answers(), answers({}, { requests: new Map([[30_000, { state: "failed", error: "away" }]]) })],
    ["no question", "TrafficSplit", answers(), answers({}, { requests: new Map() })],
    ["latencies", "TrafficSplit", answers(), answers({}, { latency: new Map([["500/60000", { state: "answered", value: new Map() }]]) })],
    [
      "unanswered requests",
      "TrafficSplit",
      answers(),
      answers({}, { unanswered: new Map([[30_000, { state: "failed", error: "away" }]]) }),
    ],
    [
      "an own query",
      "TrafficSplit",
      answers(),
      answers({}, { queries: new Map([["TrafficSplit/shop/web/east/queue", { state: "answered", value: 1 }]]) }),
    ],
    [
      "its clients",
      "TrafficSplit",
      answers(),
      answers({}, { clients: new Map([["TrafficSplit/shop/web", { state: "failed", error: "away" }]]) }),
    ],
    [
      "a cluster's gateway",
      "TrafficSplit",
      answers({}, {}, { clusters, byName: new Map([["west", alive]]) }),
      answers({}, {}, { clusters, byName: new Map([["west", { ...alive, gateway: "dead" }]]) }),
    ],
    ["a Service that is a mirror now", "TrafficSplit", answers(), answers({}, {}, { clusters, byName: new Map([["west", alive]]) })],
    ["no Prometheus", "TrafficSplit", answers(), { ...answers(), metrics: null }],
  ])("when this differs: %s", (_, kind, before, now) => {
    expect(isSame(kind, before, now)).toBe(false);
    expect(isSame(kind, now, before)).toBe(false);
  });
});
