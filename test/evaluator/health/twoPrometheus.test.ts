import { describe, expect, it } from "vitest";
import { hasLostMetrics } from "../../../src/evaluator/brakes/measured.ts";
import { reasonText } from "../../../src/evaluator/explain/reasonText.ts";
import { judgeRoute } from "../../../src/evaluator/health/judgeRoute.ts";
import { haveSameAnswers, readsTheSame } from "../../../src/evaluator/health/readsTheSame.ts";
import { requestsSent } from "../../../src/evaluator/health/successRates.ts";
import { type Counts, latencyKey, type Metrics } from "../../../src/evaluator/model/observation.ts";
import { concerning } from "../../../src/evaluator/record/concerning.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { routeOf } from "../../routes/routeObjects.ts";
import { answerWith, byService, counts, factsOf, metricsWith } from "../routeFacts.ts";

const WINDOW_MS = 30_000;
const NOW_MS = 600_000;
const ROUTE = routeOf(["web", 100], ["east", 0]);
const QUERY = { name: "depth", query: "max(depth)", failAbove: 10, recoverBelow: 1, prometheus: "fast" };
/** Equally long windows, of the success rate at the fast one and of the latency at the main one. */
const RULE = ruleSchema.parse({
  name: "both",
  signals: { successRate: { window: "30s" }, latency: { window: "30s", prometheus: "main" }, queries: [QUERY] },
});
const AWAY = { state: "failed", error: "away" } as const;

function counted(own: Counts): Metrics {
  const leaves = new Map([["shop/web", own]]);
  const apexes = byService({ web: [own.total, own.failures] });
  return metricsWith({
    requests: new Map([[WINDOW_MS, { state: "answered", value: answerWith({ leaves, apexes }) }]]),
    latency: new Map([[latencyKey(500, WINDOW_MS), { state: "answered", value: leaves }]]),
  });
}

/** Both refuse to answer. */
const REFUSED = metricsWith({ requests: new Map([[WINDOW_MS, AWAY]]), latency: new Map([[latencyKey(500, WINDOW_MS), AWAY]]) });
/** The fast one has seen failures, the main one has not. */
const FAST = counted(counts(100, 60));
const MAIN = counted(counts(1_000, 10));

const two = (fast: Metrics, main: Metrics): Metrics => ({ ...fast, main });
const facts = factsOf(ROUTE, RULE);

/** The texts of what is read of the primary. */
function read(metrics: Metrics): readonly string[] {
  const observation = { routes: [ROUTE], endpoints: new Map(), metrics, clusters: new Map() };
  const [web] = judgeRoute(facts, observation, NOW_MS);
  return (web?.soft ?? []).flatMap(({ reasons }) => reasons.map(reasonText)).filter((text) => !text.startsWith("query"));
}

const FAILING = "successRate: 40.0 % of 100 requests in 30s good; upper bound 49.8 %, below failBelow 90%";
const QUICK = "latency (main Prometheus): 99.0 % of 1000 responses in 30s within 500ms, at least 95%";

describe("with two Prometheus", () => {
  it("each signal is read from its own, though the windows are equally long", () => {
    expect(read(two(FAST, MAIN))).toEqual([FAILING, QUICK]);
  });

  it("the one that is down costs only its own readings", () => {
    const away = "unknown (no answer from Prometheus: away); this moves nothing";
    expect(read(two(FAST, REFUSED))).toEqual([FAILING, `latency (main Prometheus): ${away}`]);
    expect(read(two(REFUSED, MAIN))).toEqual([`successRate: ${away}`, QUICK]);
  });

  it("a signal that has just moved to the main one is not read from the fast one meanwhile", () => {
    expect(read(two(FAST, metricsWith({})))[1]).toBe(
      "latency (main Prometheus): unknown (no answer from Prometheus: not asked yet); this moves nothing",
    );
  });

  it("what was sent is not told by the counts of the other one", () => {
    const { successRate, latency } = RULE.signals;
    expect(requestsSent(facts, two(FAST, MAIN), successRate ?? null)).toBe(100);
    expect(requestsSent(facts, two(FAST, MAIN), latency ?? null)).toBeNull();
    expect(requestsSent(facts, FAST, latency ?? null)).toBe(100);
  });

  it("metrics are lost only where neither has any", () => {
    expect(hasLostMetrics(facts.surveyed, RULE, two(REFUSED, REFUSED))).toBeNull();
    const { queries: _, ...signals } = RULE.signals;
    const counting = { ...RULE, signals };
    expect(hasLostMetrics(facts.surveyed, counting, two(REFUSED, REFUSED))).toBe(true);
    expect(hasLostMetrics(facts.surveyed, counting, two(REFUSED, MAIN))).toBe(false);
    expect(hasLostMetrics(facts.surveyed, counting, two(FAST, REFUSED))).toBe(false);
  });

  it("a new answer of the main one alone is read", () => {
    const [before, now] = [two(FAST, MAIN), two(FAST, counted(counts(1_000, 900)))];
    expect([haveSameAnswers(before, { ...before }), haveSameAnswers(before, now)]).toEqual([true, false]);
    const none = { clusters: new Map(), byName: new Map() };
    const same = (metrics: Metrics) => readsTheSame(facts.surveyed, RULE, { metrics: before, ...none }, { metrics, ...none });
    expect([same(two(FAST, { ...MAIN })), same(now)]).toEqual([true, false]);
  });

  it("a record has the answers of both", () => {
    const observation = { routes: [ROUTE], endpoints: new Map(), metrics: two(FAST, MAIN), clusters: new Map() };
    const { metrics } = concerning(ROUTE, RULE, observation);
    expect(metrics?.main?.latency).toEqual(MAIN.latency);
    expect(read(metrics ?? REFUSED)).toEqual([FAILING, QUICK]);
  });
});

describe("one Prometheus", () => {
  it("answers whatever a signal names", () => {
    expect(read(FAST)).toEqual([FAILING, expect.stringMatching(/^latency \(main Prometheus\): 40.0 %/)]);
  });
});
