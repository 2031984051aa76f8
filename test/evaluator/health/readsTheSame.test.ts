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

describe("a route reads the same from answers in new objects", () => {
  const failed = (error: string) => ({ state: "failed", error }) as const;
  const sent = (web: number) => answers({ sent: new Map([["shop/web", new Map([["shop/web", web]])]]) });
  const queue = (value: number | null) =>
    answers({}, { queries: new Map([["TrafficSplit/shop/web/east/queue", { state: "answered", value }]]) });
  const query = (error: string) => answers({}, { queries: new Map([["TrafficSplit/shop/web/east/queue", failed(error)]]) });
  const requests = (error: string) => answers({}, { requests: new Map([[30_000, failed(error)]]) });
  const latency = (error: string) => answers({}, { latency: new Map([["500/60000", failed(error)]]) });
  const linked = (services: ReadonlyMap<string, string>) => answers({}, {}, { clusters: services, byName: new Map([["west", alive]]) });
  const total = (web: number) => answers({ leaves: new Map([["shop/web", { total: web, failures: 1 }]]) });

  it.each<[string, Answers, Answers, Answers]>([
    ["requests that were sent", sent(7), sent(7), sent(8)],
    ["the value of an own query", queue(1), queue(1), queue(2)],
    ["a missing sample", queue(null), queue(null), queue(0)],
    ["an own query that failed", query("away"), query("away"), query("too slow")],
    ["requests that could not be read", requests("away"), requests("away"), requests("too slow")],
    ["latencies that could not be read", latency("away"), latency("away"), latency("too slow")],
    ["an answer that failed before", latency("away"), latency("away"), answers()],
    ["linked clusters", linked(clusters), linked(new Map(clusters)), linked(new Map())],
    ["mirrors of other routes", linked(clusters), linked(new Map([...clusters, ["shop/else", "west"]])), linked(new Map())],
    ["a total", total(100), total(100), total(101)],
    ["no Prometheus", { ...answers(), metrics: null }, { ...answers(), metrics: null }, answers()],
  ])("if they say the same: %s", (_, before, same, other) => {
    expect(isSame("TrafficSplit", before, same)).toBe(true);
    expect(isSame("TrafficSplit", before, other)).toBe(false);
    expect(isSame("TrafficSplit", other, before)).toBe(false);
  });
});

describe("the very same answers", () => {
  const before = answers().metrics as Metrics;
  const other = { state: "failed", error: "away" } as const;

  it("may be in another object", () => {
    expect(haveSameAnswers(before, { ...before })).toBe(true);
    expect(haveSameAnswers(before, { ...before, requests: new Map(before.requests) })).toBe(true);
    expect(haveSameAnswers(null, null)).toBe(true);
  });

  it.each<[string, Metrics | null]>([
    ["requests", { ...before, requests: new Map([[30_000, other]]) }],
    ["requests in another window", { ...before, requests: new Map([...before.requests, [60_000, other]]) }],
    ["latencies", { ...before, latency: new Map([["500/60000", other]]) }],
    ["unanswered requests", { ...before, unanswered: new Map([[30_000, other]]) }],
    ["an own query", { ...before, queries: new Map([["TrafficSplit/shop/web/east/queue", other]]) }],
    ["gateways", { ...before, gateways: other }],
    ["clients", { ...before, clients: new Map() }],
    ["Prometheus", null],
  ])("are not there if these are others: %s", (_, now) => {
    expect(haveSameAnswers(before, now)).toBe(false);
    expect(haveSameAnswers(now, before)).toBe(false);
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
