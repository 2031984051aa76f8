import { describe, expect, it } from "vitest";
import { judgeRoute } from "../../../src/evaluator/health/judgeRoute.ts";
import type { Metrics } from "../../../src/evaluator/model/observation.ts";
import type { WeightsSince } from "../../../src/evaluator/model/weightHistory.ts";
import type { Route } from "../../../src/routes/route.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { readHttpRoute, rule } from "../../routes/gatewayObjects.ts";
import { answerWith, byService, counts, factsOf, metricsWith } from "../routeFacts.ts";

const QUERY = { name: "queue", query: "max(queue)", failAbove: 10, recoverBelow: 5 };
const RULE = ruleSchema.parse({ name: "all", signals: { successRate: {}, latency: {}, unanswered: {}, queries: [QUERY] } });
const READY_ONLY = ruleSchema.parse({ name: "ready", signals: { readiness: {} } });
const WINDOW_MS = 30_000;
const LATENCY_WINDOW_MS = 60_000;
/** Long after the first tick. */
const NOW_MS = 600_000;
const ROUTE = readHttpRoute([rule(["web", 10], ["east", 90], ["north", 0])]);

interface Case {
  readonly route?: Route;
  /** Requests that the route counted in 30 s; null: it has no series. */
  readonly requests?: number | null;
  readonly metrics?: Partial<Metrics> | null;
  readonly history?: readonly WeightsSince[];
  readonly nowMs?: number;
  readonly own?: typeof RULE;
}

const none = { state: "answered", value: new Map() } as const;
const sampleOf = (route: Route, value: number | null) =>
  new Map(["web", "east", "north"].map((name) => [`${route.key}/${name}/queue`, { state: "answered", value } as const]));

/** The opinions on the metrics of each backend. No backend has any series, unless it is said. */
function opinions({ route = ROUTE, requests = null, metrics = {}, history, nowMs = NOW_MS, own = RULE }: Case) {
  const value = answerWith({ routes: new Map(requests === null ? [] : [[route.key, counts(requests)]]) });
  const answers = metricsWith({
    requests: new Map([[WINDOW_MS, { state: "answered", value }]]),
    latency: new Map([[`500/${LATENCY_WINDOW_MS}`, none]]),
    unanswered: new Map([[WINDOW_MS, none]]),
    queries: sampleOf(route, null),
    ...metrics,
  });
  const observation = { routes: [route], endpoints: new Map(), metrics: metrics === null ? null : answers, clusters: new Map() };
  const judgements = judgeRoute(factsOf(route, own, history), observation, nowMs);
  return judgements.map(({ soft }) => Object.fromEntries(soft.map(({ signal, opinion }) => [signal, opinion])));
}

const ALL = ["successRate", "latency", "unanswered", "query queue"];
const alike = (opinion: string) => Object.fromEntries(ALL.map((signal) => [signal, opinion]));

describe("a backend without series", () => {
  it("lacks them if it has weight, unless its route is too quiet", () => {
    expect(opinions({})).toEqual([alike("missing"), alike("missing"), alike("quiet")]);
    expect(opinions({ requests: 30 })).toMatchObject([{ unanswered: "missing", "query queue": "missing" }, {}, alike("quiet")]);
    expect(opinions({ requests: 29 })).toMatchObject([{ unanswered: "quiet", "query queue": "quiet" }, {}, alike("quiet")]);
  });

  it("lacks them by the requests in the window of the signal", () => {
    expect(opinions({ requests: 15 })[0]).toMatchObject({ latency: "missing", unanswered: "quiet" });
    expect(opinions({ requests: 14 })[0]).toMatchObject({ latency: "quiet" });
  });

  it("may have had all the requests of one split, where these differ", () => {
    const split = (web: number) => rule(["web", web], ["east", 100 - web]);
    // On average it has 30 % of each.
    const unlike = readHttpRoute([split(10), split(50)]);
    expect(opinions({ route: unlike, requests: 5 })[0]).toMatchObject({ unanswered: "missing" });
    expect(opinions({ route: unlike, requests: 4 })[0]).toMatchObject({ unanswered: "quiet" });
    const same = readHttpRoute([split(30), split(30)]);
    expect(opinions({ route: same, requests: 10 })[0]).toMatchObject({ unanswered: "missing" });
    expect(opinions({ route: same, requests: 9 })[0]).toMatchObject({ unanswered: "quiet" });
  });

  it("may lack late ones for a moment after it has lost its weight", () => {
    const shares = (web: number) => new Map(Object.entries({ web, east: 1 - web, north: 0 }));
    const left = (agoMs: number) => {
      const history = [
        { atMs: 0, shares: shares(1) },
        { atMs: NOW_MS - agoMs, shares: shares(0) },
      ];
      return opinions({ history })[0];
    };
    expect(left(44_000)).toMatchObject({ unanswered: "missing", latency: "missing" });
    expect(left(46_000)).toMatchObject({ unanswered: "quiet", latency: "missing" });
    expect(left(76_000)).toMatchObject({ latency: "quiet" });
  });
});

describe("until a first window is complete", () => {
  it("a signal has no opinion", () => {
    const answered = { state: "answered", value: byService({ web: [100, 0] }) } as const;
    const metrics = { unanswered: new Map([[WINDOW_MS, answered]]) };
    expect(opinions({ metrics, nowMs: 29_400 })[0]).toMatchObject({ unanswered: "warmUp" });
    expect(opinions({ metrics, nowMs: 29_500 })[0]).toMatchObject({ unanswered: "fit" });
  });
});

describe("an answer", () => {
  const refused = { state: "failed", error: "away" } as const;

  it("that failed or was not asked for is no reading of any backend", () => {
    const failed = { latency: new Map([[`500/${LATENCY_WINDOW_MS}`, refused]]), unanswered: new Map([[WINDOW_MS, refused]]) };
    for (const own of opinions({ metrics: failed })) expect(own).toMatchObject({ latency: "failed", unanswered: "failed" });
    const unasked = { requests: new Map(), latency: new Map(), unanswered: new Map(), queries: new Map() };
    expect(opinions({ metrics: unasked })).toEqual([alike("failed"), alike("failed"), alike("failed")]);
  });

  it("is read by the signals that are on", () => {
    expect(opinions({ metrics: { queries: sampleOf(ROUTE, 11) } })[0]).toMatchObject({ "query queue": "unfit" });
    expect(opinions({ own: READY_ONLY })).toEqual([{}, {}, {}]);
    expect(opinions({ metrics: null })).toEqual([{}, {}, {}]);
  });
});
