import { describe, expect, it } from "vitest";
import type { BackendCounts } from "../../../src/evaluator/health/backendCounts.ts";
import type { Evidence, WindowFacts } from "../../../src/evaluator/health/evidence.ts";
import { judgeBackend } from "../../../src/evaluator/health/judgeBackend.ts";
import type { ClusterState } from "../../../src/evaluator/model/cluster.ts";
import type { Judgement } from "../../../src/evaluator/model/judgement.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { counts } from "../routeFacts.ts";

const QUERY = { name: "queue", query: "max(queue)", failAbove: 10, recoverBelow: 5 };
const SHARES = { readiness: {}, gateway: {}, successRate: {}, latency: {}, unanswered: {} };
const ALL = ruleSchema.parse({ name: "all", signals: { ...SHARES, queries: [QUERY] } });
const NONE = ruleSchema.parse({ name: "none", signals: { successRate: {} } });

const WINDOWS: WindowFacts = { wasSentRequests: () => true, warmingUp: () => false };
const ALIVE: ClusterState = { name: "two", gateway: "alive", sinceMs: 0, known: "alive" };

const rate = (total: number, failures = 0, more: Partial<BackendCounts> = {}): BackendCounts => {
  return { leaf: counts(total, failures), unaccounted: 0, promised: total, isIncomplete: false, ...more };
};

/** A backend that does well by every signal. */
function evidence(more: Partial<Evidence> = {}): Evidence {
  return {
    ...{ backend: "web", phase: "serving", endpoints: { state: "counted", ready: 2, notReady: 1 }, lacksLoad: false, last: null },
    ...{ cluster: ALIVE, successRate: rate(100), latency: counts(100), unanswered: counts(100) },
    queries: [{ state: "answered", value: 1 }],
    windows: WINDOWS,
    ...more,
  };
}

const opinions = ({ hard, soft }: Judgement) => Object.fromEntries([...hard, ...soft].map(({ signal, opinion }) => [signal, opinion]));

describe("a backend is judged by each signal of its rule", () => {
  it("that is on and was asked", () => {
    const all = { readiness: "fit", gateway: "fit", successRate: "fit", latency: "fit", unanswered: "fit", "query queue": "fit" };
    expect(opinions(judgeBackend(evidence(), ALL))).toEqual(all);
    expect(opinions(judgeBackend(evidence(), NONE))).toEqual({ successRate: "fit" });
    const nothing = { cluster: undefined, successRate: undefined, latency: undefined, unanswered: undefined, queries: [] };
    expect(opinions(judgeBackend(evidence(nothing), ALL))).toEqual({ readiness: "fit" });
  });

  it("with latency and unanswered requests as shares of good ones", () => {
    expect(opinions(judgeBackend(evidence({ latency: counts(100, 50) }), ALL))["latency"]).toBe("unfit");
    expect(opinions(judgeBackend(evidence({ unanswered: counts(100, 99) }), ALL))["unanswered"]).toBe("unfit");
    expect(opinions(judgeBackend(evidence({ unanswered: counts(100, 80) }), ALL))["unanswered"]).toBe("between");
  });

  it("by what is left where an answer failed or is not whole", () => {
    const failed = { state: "failed", error: "away" } as const;
    expect(opinions(judgeBackend(evidence({ successRate: failed }), ALL))["successRate"]).toBe("failed");
    expect(opinions(judgeBackend(evidence({ successRate: rate(100, 100, { isIncomplete: true }) }), ALL))["successRate"]).toBe("missing");
  });

  it("as promised nothing while it is out: the requests in its window are older", () => {
    const lost = { successRate: rate(0, 0, { leaf: counts(0), promised: 100 }) };
    expect(opinions(judgeBackend(evidence(lost), ALL))["successRate"]).toBe("missing");
    expect(opinions(judgeBackend(evidence({ ...lost, phase: "out" }), ALL))["successRate"]).toBe("quiet");
  });
});

describe("its verdict", () => {
  const verdict = (more: Partial<Evidence>, rule = ALL) => judgeBackend(evidence(more), rule).verdict;
  it("is unfit if any signal is, else fit if any is, else unknown", () => {
    expect(verdict({ endpoints: undefined })).toBe("unfit");
    expect(verdict({ successRate: rate(100, 60) })).toBe("unfit");
    expect(verdict({})).toBe("fit");
    expect(verdict({ successRate: rate(100) }, NONE)).toBe("fit");
    expect(verdict({ successRate: rate(1) }, NONE)).toBe("unknown");
    expect(verdict({ successRate: { state: "failed", error: "away" } }, NONE)).toBe("unknown");
  });
});

describe("its endpoints", () => {
  it("are those that were last counted while the watch is silent", () => {
    const last = judgeBackend(evidence(), ALL);
    const stale = { state: "stale" } as const;
    expect(judgeBackend(evidence({ endpoints: stale, last }), ALL)).toMatchObject({
      readyEndpoints: null,
      endpoints: { ready: 2, notReady: 1 },
      hasUnseenEndpoints: false,
    });
    expect(judgeBackend(evidence({ endpoints: stale }), ALL)).toMatchObject({ endpoints: null, hasUnseenEndpoints: true });
    const unseen = judgeBackend(evidence({ endpoints: stale }), ALL);
    expect(judgeBackend(evidence({ endpoints: stale, last: unseen }), ALL).hasUnseenEndpoints).toBe(true);
    expect(judgeBackend(evidence({ last: unseen }), ALL).hasUnseenEndpoints).toBe(false);
  });

  it("are none without an EndpointSlice", () => {
    expect(judgeBackend(evidence({ endpoints: undefined }), ALL)).toMatchObject({
      readyEndpoints: 0,
      endpoints: { ready: 0, notReady: 0 },
    });
  });
});

describe("the cluster of its gateway", () => {
  it("is known only while the signal is on", () => {
    expect(judgeBackend(evidence(), ALL).cluster).toBe(ALIVE);
    expect(judgeBackend(evidence(), NONE).cluster).toBeNull();
    expect(judgeBackend(evidence({ cluster: undefined }), ALL).cluster).toBeNull();
  });
});

describe("the judgement of the last tick", () => {
  const last = judgeBackend(evidence(), ALL);
  it("is returned again if nothing has changed", () => {
    // The number of an own query is judged anew at each tick.
    const rule = ruleSchema.parse({ name: "without", signals: SHARES });
    const known = judgeBackend(evidence(), rule);
    expect(judgeBackend(evidence({ last: known, endpoints: { state: "counted", ready: 2, notReady: 1 } }), rule)).toBe(known);
  });

  it.each<[string, Partial<Evidence>]>([
    ["ready endpoints", { endpoints: { state: "counted", ready: 3, notReady: 1 } }],
    ["missing endpoints", { endpoints: { state: "counted", ready: 2, notReady: 0 } }],
    ["endpoints that cannot be counted", { endpoints: { state: "elsewhere" } }],
    ["endpoints that may have been ready", { endpoints: { state: "counted", ready: 2, notReady: 1, unclear: 1 } }],
    ["a gateway", { cluster: { ...ALIVE, gateway: "dying" } }],
    ["a state of the same gateway", { cluster: { ...ALIVE, sinceMs: 5_000 } }],
    ["a success", { successRate: rate(101) }],
    ["a failure", { successRate: rate(100, 1) }],
    ["a failure that only the route counted", { successRate: rate(99, 0, { unaccounted: 1 }) }],
    ["a slow response", { latency: counts(100, 1) }],
    ["a request without an answer", { unanswered: counts(100, 1) }],
    ["the sample of a query", { queries: [{ state: "answered", value: 2 }] }],
    ["a signal less", { latency: undefined }],
  ])("is another one after a change of %s", (_, change) => {
    const now = judgeBackend(evidence({ ...change, last }), ALL);
    expect(now).not.toBe(last);
    expect(now).toEqual(judgeBackend(evidence(change), ALL));
  });

  it("is another one under other thresholds", () => {
    const rule = ruleSchema.parse({ name: "strict", signals: { ...NONE.signals, successRate: { failBelow: "95%", recoverAbove: "99%" } } });
    const known = judgeBackend(evidence(), NONE);
    expect(judgeBackend(evidence({ last: known }), rule)).not.toBe(known);
  });
});
