import type { RecordedDecision } from "../../src/controller/decisionRing.ts";
import type { Report } from "../../src/controller/report.ts";
import type { BackendReport } from "../../src/evaluator/model/backendReport.ts";
import type { Decision, Outcome } from "../../src/evaluator/model/decision.ts";
import type { SignalJudgement, Verdict } from "../../src/evaluator/model/judgement.ts";
import type { Reading } from "../../src/evaluator/model/observation.ts";
import { initialState, type RouteState } from "../../src/evaluator/model/state.ts";
import { type RouteRef, routeKey } from "../../src/routes/route.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";

export const NOW_MS = Date.UTC(2025, 5, 1, 12, 0, 0);

export const WEB: RouteRef = { kind: "TrafficSplit", namespace: "shop", name: "web" };

/** A judgement with these readings and this verdict. */
export function judged(
  verdict: Verdict,
  readyEndpoints: number | null,
  readings: Readonly<Record<string, Reading>>,
): Pick<BackendReport, "before" | "judgement"> {
  const soft = Object.entries(readings).map(
    ([signal, reading]): SignalJudgement => ({ signal, cause: "successRate", opinion: "quiet", reading, interval: null, reasons: [] }),
  );
  const before: BackendReport["before"] = { phase: "serving", sinceMs: 0, relapses: 0, cause: null };
  return {
    before,
    judgement: { verdict, hard: [], soft, readyEndpoints, endpoints: null, hasUnseenEndpoints: false, countsUnclear: null, cluster: null },
  };
}

/** A route whose primary was removed because of its success rate; east carries the load. */
export function shiftedRoute(ref: RouteRef = WEB, more: Partial<RouteState> = {}): RouteState {
  const east: BackendReport = {
    backend: "east",
    state: { phase: "serving", sinceMs: NOW_MS - 60_000, relapses: 0, cause: null },
    ...judged("fit", 2, { readiness: { state: "value", good: 2, total: 2 }, successRate: { state: "value", good: 99, total: 100 } }),
    lastShown: [],
    usual: [],
    waits: [{ kind: "ready", ready: 2, minReady: 1 }],
  };
  const web: BackendReport = {
    backend: "web",
    state: { phase: "out", sinceMs: NOW_MS - 30_000, relapses: 1, cause: "successRate", fromStep: false, good: null },
    ...judged("unknown", null, { successRate: { state: "missing" } }),
    lastShown: [],
    usual: [],
    waits: [
      { kind: "removed", cause: "successRate" },
      { kind: "waiting", for: "recoverAfter", condition: "good", leftMs: 30_000, relapses: 1 },
    ],
  };
  return {
    ref,
    rule: "default",
    primary: "web",
    firstSeenMs: NOW_MS - 600_000,
    frozen: false,
    pinned: null,
    shifted: true,
    problems: [],
    splits: [{ name: "0", live: { web: 0, east: 100 }, baseline: { web: 100, east: 0 }, desired: { web: 0, east: 100 } }],
    backends: new Map([
      ["web", web],
      ["east", east],
    ]),
    reasons: [],
    brakes: [],
    reappliedBy: null,
    trace: { judgedBy: DEFAULT_RULES.rules[0] ?? null } as RouteState["trace"],
    ...more,
  };
}

/** A report without trouble, with these routes. */
export function reportOf(routes: readonly RouteState[], more: Partial<Report> = {}): Report {
  return {
    state: {
      ...initialState(5_000, "me"),
      lastMs: NOW_MS - 1_000,
      routes: new Map(routes.map((route) => [routeKey(route.ref), route])),
    },
    leader: true,
    leaderName: "linkerd-failover-7c9f-x2x9z",
    replica: "linkerd-failover-7c9f-x2x9z",
    namespace: "linkerd-failover",
    cachesFilled: true,
    lastTickMs: NOW_MS - 1_000,
    intervalMs: 5_000,
    nowMs: NOW_MS,
    decisions: [],
    observer: { resources: [], prometheusUp: true, queries: { success: 0, partial: 0, error: 0, timeout: 0 }, leftOut: new Map() },
    recordsOf: () => [],
    reload: { ok: true, atMs: NOW_MS - 3_600_000 },
    ruleNames: ["default"],
    version: "1.2.3",
    ...more,
  };
}

export function failoverOf(route: RouteRef = WEB): Decision {
  return {
    atMs: NOW_MS - 30_000,
    route,
    rule: "default",
    splits: [{ name: "0", baseline: { web: 100, east: 0 }, before: { web: 100, east: 0 }, after: { web: 0, east: 100 } }],
    direction: "failover",
    cause: "successRate",
    reasons: [
      { backend: "web", reason: { kind: "removed", cause: "successRate" } },
      { backend: null, reason: { kind: "pinned", untilMs: NOW_MS } },
    ],
    desired: { splits: [], memory: { splits: {}, backends: {} } },
  };
}

export function recorded(
  atMs: number,
  outcome: Outcome = { outcome: "written", resourceVersion: "7" },
  route: RouteRef = WEB,
): RecordedDecision {
  return { atMs, decision: failoverOf(route), outcome };
}
