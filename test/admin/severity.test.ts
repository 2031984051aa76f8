import { describe, expect, it } from "vitest";
import { severityOf } from "../../src/admin/severity.ts";
import type { BackendReport } from "../../src/evaluator/model/backendReport.ts";
import type { RouteState } from "../../src/evaluator/model/state.ts";
import { NOW_MS, shiftedRoute, WEB } from "./reports.ts";

type Phase = BackendReport["state"]["phase"];

const PHASES: Readonly<Record<Phase, BackendReport["state"]>> = {
  serving: { phase: "serving", sinceMs: NOW_MS, relapses: 0, cause: null },
  suspect: {
    ...{ phase: "suspect", sinceMs: NOW_MS, relapses: 0, cause: null, servingSinceMs: NOW_MS },
    ...{ suspectedBy: "successRate", evidence: new Map(), lastUnfitMs: NOW_MS },
  },
  out: { phase: "out", sinceMs: NOW_MS, relapses: 0, cause: "readiness", fromStep: false, good: null },
  returning: { phase: "returning", sinceMs: NOW_MS, relapses: 0, cause: "readiness", step: 0, trial: null },
};

/** A route whose backends have these phases and verdicts; web carries the load unless it is shifted. */
function route(
  web: readonly [Phase, BackendReport["judgement"]["verdict"]],
  east: readonly [Phase, BackendReport["judgement"]["verdict"]],
  more: Partial<RouteState> = {},
): RouteState {
  const base = shiftedRoute(WEB);
  const backends = new Map(
    Object.entries({ web, east }).map(([backend, [phase, verdict]]) => {
      const own = base.backends.get(backend);
      if (own === undefined) throw new Error(`no ${backend}`);
      return [backend, { ...own, state: PHASES[phase], judgement: { ...own.judgement, verdict } }];
    }),
  );
  const live = more.shifted === true ? { web: 0, east: 100 } : { web: 100, east: 0 };
  return { ...base, shifted: false, backends, splits: [{ name: "0", live, baseline: { web: 100, east: 0 }, desired: live }], ...more };
}

describe("the severity of a route", () => {
  it.each([
    ["healthy", route(["serving", "fit"], ["serving", "fit"])],
    ["healthy", route(["serving", "unknown"], ["serving", "unknown"])],
    ["healthy", route(["serving", "fit"], ["serving", "fit"], { frozen: true })],
    ["failing", route(["suspect", "unfit"], ["serving", "fit"])],
    ["failing", route(["out", "unfit"], ["serving", "fit"], { frozen: true })],
    ["failing", route(["out", "unfit"], ["out", "unfit"])],
    ["failing", route(["out", "unfit"], ["suspect", "unfit"], { shifted: true })],
    ["shifted", route(["out", "unfit"], ["serving", "fit"], { shifted: true })],
    ["returning", route(["returning", "fit"], ["serving", "fit"], { shifted: true })],
    ["attention", route(["serving", "fit"], ["serving", "fit"], { problems: [{ problem: "unknown-pin", text: "x" }] })],
    ["attention", route(["serving", "fit"], ["out", "unfit"])],
    ["attention", route(["serving", "fit"], ["serving", "fit"], { brakes: ["oneClient"] })],
  ])("is %s (%#)", (severity, state) => {
    expect(severityOf(state)).toBe(severity);
  });

  it("does not count a standby that sleeps where the rule wakes it", () => {
    const asleep = route(["serving", "fit"], ["out", "unfit"]);
    const rule = asleep.trace.judgedBy;
    if (rule === null) throw new Error("no rule");
    expect(severityOf({ ...asleep, trace: { ...asleep.trace, judgedBy: { ...rule, whenNoneReady: "standby" } } })).toBe("healthy");
  });
});
