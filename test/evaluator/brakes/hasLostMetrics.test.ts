import { describe, expect, it } from "vitest";
import { hasLostMetrics, isMeasured } from "../../../src/evaluator/brakes/measured.ts";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import type { Counts, Metrics, Reading, RequestCounts } from "../../../src/evaluator/model/observation.ts";
import { survey } from "../../../src/evaluator/model/survey.ts";
import type { Route } from "../../../src/routes/route.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { readHttpRoute, rule } from "../../routes/gatewayObjects.ts";
import { routeOf } from "../../routes/routeObjects.ts";
import { answerWith, byService, counts, metricsWith } from "../routeFacts.ts";

const WINDOW_MS = 30_000;
const SPLIT = routeOf(["web", 100], ["east", 0]);
const OFF = { readiness: {} };
const QUERY = { name: "queue", query: "max(queue)", failAbove: 10, recoverBelow: 5 };

/** Whether the metrics of the route's carriers are lost; null: unknown. */
function isLost(signals: Record<string, unknown>, metrics: Partial<Metrics> | null, route: Route = SPLIT): boolean | null {
  const own = ruleSchema.parse({ name: "default", signals: { ...OFF, ...signals } });
  return hasLostMetrics(survey(null, route, null), own, metrics === null ? null : metricsWith(metrics));
}

const requests = (parts: Partial<RequestCounts>): Partial<Metrics> => ({
  requests: new Map([[WINDOW_MS, { state: "answered", value: answerWith(parts) }]]),
});
const answered = (pairs: Parameters<typeof byService>[0]) => ({ state: "answered", value: byService(pairs) }) as const;
const refused = { state: "failed", error: "away" } as const;

describe("metrics of a route are lost", () => {
  it("if Prometheus is not there", () => {
    expect(isLost({ successRate: {} }, null)).toBe(true);
  });

  it("if no series of a backend with load is in the answer", () => {
    expect(isLost({ successRate: {} }, requests({ leaves: byService({ web: [0, 0] }) }))).toBe(false);
    expect(isLost({ successRate: {} }, requests({ leaves: byService({ east: [100, 0] }) }))).toBe(true);
    expect(isLost({ successRate: {} }, { requests: new Map([[WINDOW_MS, refused]]) })).toBe(true);
  });

  it("if a family that they need failed", () => {
    const parts = { leaves: byService({ web: [100, 0] }), failed: new Map([["apexes", "away"]] as const) };
    expect(isLost({ successRate: {} }, requests(parts))).toBe(true);
  });

  it("not if the route itself counts failures: its backends may all be dead", () => {
    expect(isLost({ successRate: {} }, requests({ apexes: byService({ web: [100, 100] }) }))).toBe(false);
    expect(isLost({ successRate: {} }, requests({ apexes: byService({ web: [100, 0] }) }))).toBe(true);
  });

  it("by a route's own series, where there are any, not by those of other callers", () => {
    const route = readHttpRoute([rule(["web", 100], ["east", 0])]);
    const leaves = byService({ web: [100, 0] });
    const own = (pairs: Readonly<Record<string, readonly [number, number]>>): ReadonlyMap<string, ReadonlyMap<string, Counts>> =>
      new Map([[route.key, byService(pairs)]]);
    expect(isLost({ successRate: {} }, requests({ leaves, backends: own({ east: [5, 0] }) }), route)).toBe(true);
    expect(isLost({ successRate: {} }, requests({ backends: own({ web: [5, 0] }) }), route)).toBe(false);
    expect(isLost({ successRate: {} }, requests({ leaves, routes: new Map([[route.key, counts(5)]]) }), route)).toBe(false);
  });

  it("not while another signal still has a series of a backend with load", () => {
    const latency = (value: typeof refused | ReturnType<typeof answered>) => ({ latency: new Map([["500/60000", value]]) });
    expect(isLost({ latency: {} }, latency(answered({ web: [1, 0] })))).toBe(false);
    expect(isLost({ latency: {} }, latency(answered({ east: [1, 0] })))).toBe(true);
    expect(isLost({ latency: {} }, latency(refused))).toBe(true);
    const begun = (value: typeof refused | ReturnType<typeof answered>) => ({ unanswered: new Map([[WINDOW_MS, value]]) });
    expect(isLost({ unanswered: {} }, begun(answered({ web: [1, 0] })))).toBe(false);
    expect(isLost({ unanswered: {} }, begun(answered({ east: [1, 0] })))).toBe(true);
    expect(isLost({ unanswered: {} }, begun(refused))).toBe(true);
    const both = { ...requests({}), ...latency(answered({ web: [1, 0] })) };
    expect(isLost({ successRate: {}, latency: {} }, both)).toBe(false);
  });

  it("not while an own query has a sample", () => {
    const sample = (value: number | null) => ({
      queries: new Map([[`${SPLIT.key}/web/queue`, { state: "answered", value } as const]]),
    });
    expect(isLost({ queries: [QUERY] }, sample(0))).toBe(false);
    expect(isLost({ queries: [QUERY] }, sample(null))).toBe(true);
    expect(isLost({ queries: [QUERY] }, { queries: new Map([[`${SPLIT.key}/web/queue`, refused]]) })).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ["successRate", { successRate: {} }],
    ["latency", { latency: {} }],
    ["unanswered", { unanswered: {} }],
    ["a query", { queries: [QUERY] }],
  ])("or it is unknown, if %s was not asked yet", (_, signals) => {
    expect(isLost(signals, {})).toBeNull();
  });
});

describe("a route is measured", () => {
  const report = (backend: string, ...readings: readonly Reading[]): [string, BackendReport] => {
    const soft = readings.map((reading) => ({ reading }));
    return [backend, { backend, judgement: { soft } } as unknown as BackendReport];
  };
  const value = { state: "value", good: 30, total: 30 } as const;
  const quiet = { state: "quiet", good: 1, total: 1 } as const;
  const shares = new Map(Object.entries({ web: 1, east: 0 }));

  it("if a signal has a value for a backend with load", () => {
    expect(isMeasured(new Map([report("web", quiet, value)]), shares)).toBe(true);
    expect(isMeasured(new Map([report("web", quiet), report("east", value)]), shares)).toBe(false);
    expect(isMeasured(new Map([report("west", value)]), shares)).toBe(false);
  });
});
