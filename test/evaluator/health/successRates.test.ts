import { describe, expect, it } from "vitest";
import { allCounts } from "../../../src/evaluator/health/backendCounts.ts";
import { requestsSent, successRates } from "../../../src/evaluator/health/successRates.ts";
import type { RequestCounts, RequestFamily } from "../../../src/evaluator/model/observation.ts";
import type { RouteFacts } from "../../../src/evaluator/model/routeFacts.ts";
import type { Route } from "../../../src/routes/route.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import type { Rule } from "../../../src/rules/ruleSet.ts";
import { codecOf, httpRoute, readHttpRoute, rule } from "../../routes/gatewayObjects.ts";
import { routeOf } from "../../routes/routeObjects.ts";
import { answerWith, byService, counts, factsOf, metricsWith } from "../routeFacts.ts";

const WINDOW_MS = 30_000;
/** Long after the first tick: all weights of the window are known. */
const NOW_MS = 600_000;
const RULE = DEFAULT_RULES.rules[0] as Rule;

const SPLIT = routeOf(["web", 75], ["east", 25]);
const HTTP = readHttpRoute([rule(["web", 75], ["east", 25])]);
const GRPC = codecOf("GRPCRoute").read({ ...httpRoute([rule(["web", 75], ["east", 25])]), kind: "GRPCRoute" });

const metricsOf = (parts: Partial<RequestCounts>, windowMs = WINDOW_MS) =>
  metricsWith({ requests: new Map([[windowMs, { state: "answered", value: answerWith(parts) }]]) });

/** What is read of each backend; or why nothing can be. */
function read(route: Route, parts: Partial<RequestCounts>, facts: RouteFacts = factsOf(route, RULE)) {
  const rates = successRates(facts, metricsOf(parts), NOW_MS);
  if (rates === undefined) return "off";
  if ("error" in rates) return rates.error;
  return rates.map(({ leaf, unaccounted, promised }) => ({ leaf, unaccounted: Math.round(unaccounted), promised }));
}

describe("the counts of a TrafficSplit", () => {
  it("are those of its leaves; its apex says what was promised to each", () => {
    const leaves = byService({ web: [300, 3], east: [100, 0] });
    expect(read(SPLIT, { leaves, apexes: byService({ web: [400, 3] }) })).toEqual([
      { leaf: counts(300, 3), unaccounted: 0, promised: 300 },
      { leaf: counts(100, 0), unaccounted: 0, promised: 100 },
    ]);
    expect(read(SPLIT, { leaves })).toEqual([
      { leaf: counts(300, 3), unaccounted: 0, promised: null },
      { leaf: counts(100, 0), unaccounted: 0, promised: null },
    ]);
  });

  it("include the failures that its apex counted and no leaf did, at the one that was sent requests and did not answer", () => {
    const leaves = byService({ web: [10, 0], east: [100, 0] });
    const sent = new Map([["shop/web", new Map(Object.entries({ "shop/web": 300, "shop/east": 100 }))]]);
    expect(read(SPLIT, { leaves, apexes: byService({ web: [400, 290] }), sent })).toMatchObject([{ unaccounted: 290 }, { unaccounted: 0 }]);
  });

  it("are unknown without the families that it needs, whatever others lack", () => {
    const failed = (...families: RequestFamily[]) => ({ failed: new Map(families.map((family) => [family, `no ${family}`] as const)) });
    expect(read(SPLIT, failed("leaves"))).toBe("no leaves");
    expect(read(SPLIT, failed("apexes"))).toBe("no apexes");
    expect(read(SPLIT, failed("httpRoutes", "grpcRoutes", "grpcLeaves"))).toHaveLength(2);
  });
});

describe("the counts of an HTTPRoute", () => {
  const backends = new Map([[HTTP.key, byService({ web: [300, 3], east: [100, 1] })]]);
  const routes = new Map([[HTTP.key, counts(400, 4)]]);

  it("are its own where the proxies count by route and backend, whatever other callers of its leaves count", () => {
    const leaves = byService({ web: [5_000, 4_000], east: [5_000, 0] });
    expect(read(HTTP, { backends, routes, leaves })).toEqual([
      { leaf: counts(300, 3), unaccounted: 0, promised: 300 },
      { leaf: counts(100, 1), unaccounted: 0, promised: 100 },
    ]);
  });

  it("include the failures of gRPC that only the leaf's classification knows; those of a GRPCRoute are in its own", () => {
    const grpcLeaves = byService({ web: [300, 150] });
    expect(read(HTTP, { backends, routes, grpcLeaves })).toMatchObject([{ leaf: counts(300, 150) }, { leaf: counts(100, 1) }]);
    const own = new Map([[GRPC.key, byService({ web: [300, 3], east: [100, 1] })]]);
    expect(read(GRPC, { backends: own, grpcLeaves })).toMatchObject([{ leaf: counts(300, 3) }, { leaf: counts(100, 1) }]);
  });

  it("are those of its leaves where they do not", () => {
    expect(read(HTTP, { routes, leaves: byService({ web: [300, 30] }) })).toMatchObject([{ leaf: counts(300, 30) }, { leaf: null }]);
  });

  it("say nothing of failures that no backend counted if it has a rule that is no split", () => {
    const both = readHttpRoute([rule(["web", 75], ["east", 25]), rule(["admin", 1])]);
    const leaves = byService({ web: [10, 0], east: [100, 0] });
    const counted = read(both, { routes: new Map([[both.key, counts(400, 290)]]), leaves });
    expect(counted).toMatchObject([
      { unaccounted: 0, promised: null },
      { unaccounted: 0, promised: null },
    ]);
  });

  it.each<[string, Route, readonly RequestFamily[], readonly RequestFamily[]]>([
    ["an HTTPRoute", HTTP, ["httpRoutes", "grpcLeaves"], ["leaves", "apexes", "grpcRoutes"]],
    ["a GRPCRoute", GRPC, ["grpcRoutes"], ["leaves", "apexes", "httpRoutes", "grpcLeaves"]],
  ])("are unknown without the families that %s needs, and need the leaves only without its own series", (_, route, needed, others) => {
    const own = { backends: new Map([[route.key, byService({ web: [300, 3] })]]) };
    for (const family of needed) expect(read(route, { ...own, failed: new Map([[family, `no ${family}`]]) })).toBe(`no ${family}`);
    expect(read(route, { ...own, failed: new Map(others.map((family) => [family, "away"])) })).toHaveLength(2);
    expect(read(route, { failed: new Map([["leaves", "no leaves"]]) })).toBe("no leaves");
  });
});

describe("failures that reached no backend", () => {
  it("are added to what a leaf counted", () => {
    expect(allCounts({ leaf: counts(10, 1), unaccounted: 5, promised: null, isIncomplete: false })).toEqual(counts(15, 6));
    expect(allCounts({ leaf: null, unaccounted: 5, promised: null, isIncomplete: false })).toEqual(counts(5, 5));
    expect(allCounts({ leaf: counts(10, 1), unaccounted: 0, promised: null, isIncomplete: false })).toEqual(counts(10, 1));
  });

  it("are not attributed to one that serves without load now", () => {
    const shares = (web: number, east: number) => new Map(Object.entries({ web, east }));
    const history = [
      { atMs: 0, shares: shares(0.5, 0.5) },
      { atMs: NOW_MS - 10_000, shares: shares(1, 0) },
    ];
    const parts = { leaves: byService({ web: [300, 0], east: [10, 0] }), apexes: byService({ web: [400, 90] }) };
    const [web, east] = read(SPLIT, parts, factsOf(SPLIT, RULE, history)) as readonly { unaccounted: number }[];
    expect(web).toBeDefined();
    expect(east).toMatchObject({ unaccounted: 0 });
    const stillLive = [{ atMs: 0, shares: shares(0.5, 0.5) }];
    expect(read(SPLIT, parts, factsOf(SPLIT, RULE, stillLive))).toMatchObject([{ unaccounted: 0 }, { unaccounted: 90 }]);
  });
});

describe("success rates", () => {
  it("are off without the signal or without Prometheus", () => {
    const off = { ...RULE, signals: { readiness: RULE.signals.readiness } } as Rule;
    expect(successRates(factsOf(SPLIT, off), metricsOf({}), NOW_MS)).toBeUndefined();
    expect(successRates(factsOf(SPLIT, RULE), null, NOW_MS)).toBeUndefined();
  });

  it("failed if the window was not asked about, or Prometheus refused", () => {
    expect(successRates(factsOf(SPLIT, RULE), metricsOf({}, 60_000), NOW_MS)).toEqual({ state: "failed", error: "not asked yet" });
    const refused = { state: "failed", error: "connection refused" } as const;
    expect(successRates(factsOf(SPLIT, RULE), metricsWith({ requests: new Map([[WINDOW_MS, refused]]) }), NOW_MS)).toBe(refused);
  });
});

describe("the requests that a route's clients sent", () => {
  const sent = (windowMs: number | null, parts: Partial<RequestCounts> = { apexes: byService({ web: [300, 0] }) }) =>
    requestsSent(factsOf(SPLIT, RULE), metricsOf(parts), windowMs === null ? null : { windowMs });

  it("in another window are as many by its length", () => {
    expect(sent(WINDOW_MS)).toBe(300);
    expect(sent(2 * WINDOW_MS)).toBe(600);
    expect(sent(WINDOW_MS / 2)).toBe(150);
  });

  it("in no window, as of an own query, are those that were counted", () => {
    expect(sent(null)).toBe(300);
  });

  it("are unknown without series, an answer or the signal", () => {
    expect(sent(WINDOW_MS, {})).toBeNull();
    expect(requestsSent(factsOf(SPLIT, RULE), null, { windowMs: WINDOW_MS })).toBeNull();
    expect(requestsSent(factsOf(SPLIT, RULE), metricsWith({}), { windowMs: WINDOW_MS })).toBeNull();
    const refused = metricsWith({ requests: new Map([[WINDOW_MS, { state: "failed", error: "away" }]]) });
    expect(requestsSent(factsOf(SPLIT, RULE), refused, { windowMs: WINDOW_MS })).toBeNull();
    const off = { ...RULE, signals: { readiness: RULE.signals.readiness } } as Rule;
    expect(requestsSent(factsOf(SPLIT, off), metricsOf({ apexes: byService({ web: [300, 0] }) }), { windowMs: WINDOW_MS })).toBeNull();
  });

  it("of an HTTPRoute are those of the route", () => {
    const metrics = metricsOf({ routes: new Map([[HTTP.key, counts(70)]]), apexes: byService({ web: [300, 0] }) });
    expect(requestsSent(factsOf(HTTP, RULE), metrics, { windowMs: WINDOW_MS })).toBe(70);
  });
});

describe("failures that reached no backend, after the load has moved", () => {
  const MOVED = readHttpRoute([rule(["web", 0], ["east", 100])]);
  const history = [
    { atMs: 0, shares: new Map(Object.entries({ web: 1, east: 0 })) },
    // At that time, 30 were counted already.
    { atMs: NOW_MS - 5_000, shares: new Map(Object.entries({ web: 0, east: 1 })), unreached: 30 },
  ];
  const of = (unreached: number) => {
    const backends = new Map([[MOVED.key, byService({ web: [160, 0] })]]);
    const parts = { routes: new Map([[MOVED.key, counts(160 + unreached, unreached)]]), backends };
    const seen = read(MOVED, parts, factsOf(MOVED, RULE, history));
    return typeof seen === "string" ? seen : seen.map(({ unaccounted }) => unaccounted);
  };

  it("are not those of the new carrier as far as they are older than its load", () => {
    expect([of(30), of(42), of(20)]).toEqual([
      [0, 0],
      [0, 12],
      [0, 0],
    ]);
  });
});
