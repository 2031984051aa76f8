import { describe, expect, it } from "vitest";
import { sharedFate } from "../../../src/evaluator/brakes/sharedFate.ts";
import { judgeReadiness } from "../../../src/evaluator/health/judgeReadiness.ts";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import { type BackendState, clean } from "../../../src/evaluator/model/backendState.ts";
import type { Judgement, SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import type { RouteSituation } from "../../../src/evaluator/model/routeSituation.ts";
import { survey } from "../../../src/evaluator/model/survey.ts";
import { wilson } from "../../../src/evaluator/model/wilson.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { routeOf } from "../../routes/routeObjects.ts";
import { go, tell } from "../randomStory.ts";
import { ruleWith } from "../weights/candidates.ts";

const ORDERS = ["a b c", "a c b", "b a c", "b c a", "c a b", "c b a"];

/** The weights after backends began to answer like this while Prometheus was away: it tells of all of them at once. */
function after(weights: string, ...good: readonly string[]): Record<string, unknown> {
  const story = new Story(DEFAULT_RULES);
  tell(story, `split web: ${weights}`, "traffic 60/s");
  go(story, 12);
  tell(story, "prometheus down", ...good);
  go(story, 8);
  tell(story, "prometheus up");
  go(story, 5);
  return Object.fromEntries(story.splits.get("web")?.weights ?? []);
}

describe("of three that are removed at once, the load goes to the best", () => {
  it.each(ORDERS)("listed as %s", (order) => {
    const listed = order.split(" ");
    const weights = after(listed.map((name) => `${name} 100`).join(", "), "a: 70% good", "b: 40% good", "c: 10% good");
    expect(weights).toEqual({ a: 300, b: 0, c: 0 });
  });
});

describe("of three that do equally badly", () => {
  it("all stay, whatever their names", () => {
    expect(after("c 100, a 100, b 100", "a: 40% good", "b: 40% good", "c: 40% good")).toEqual({ c: 100, a: 100, b: 100 });
  });
});

type Reading = readonly [good: number, total: number];

interface Told {
  readonly reading: Reading;
  readonly before?: BackendState;
  /** It is not removed at this tick. */
  readonly stays?: boolean;
  readonly ready?: number;
  readonly verdict?: "fit" | "unfit";
  /** Requests that its weight promised and it did not answer. */
  readonly lost?: number;
}

const LEFT: BackendState = { phase: "out", sinceMs: 0, relapses: 0, cause: "successRate", fromStep: false, good: null };
const BACK: BackendState = { phase: "returning", sinceMs: 0, relapses: 0, cause: "successRate", step: 0, trial: null };

/** Below 90 % is unfit; fewer than 20 requests are too few to judge. */
function reportOf(
  backend: string,
  { reading: [good, total], before = clean(0), stays = false, ready = 2, verdict, lost }: Told,
): BackendReport {
  const interval = wilson(good, total);
  const isUnfit = total >= 20 && interval.upper < 0.9;
  const signal: SignalJudgement = {
    ...{ signal: "successRate", cause: "successRate", opinion: isUnfit ? "unfit" : total < 20 ? "quiet" : "fit", interval },
    reading: total < 20 ? { state: "quiet", good, total } : { state: "value", good, total },
    reasons: lost === undefined ? [] : [{ kind: "lostRequests", promised: lost, received: total }],
  };
  const endpoints = { state: "counted", ready, notReady: 0 } as const;
  const judgement: Judgement = {
    ...{ verdict: verdict ?? (isUnfit || ready === 0 ? "unfit" : "fit"), soft: [signal], readyEndpoints: ready, endpoints },
    hard: [judgeReadiness(endpoints, { minReady: 1, failAfterMs: 0 })],
    ...{ hasUnseenEndpoints: false, countsUnclear: null, cluster: null },
  };
  return { backend, before, state: stays ? before : LEFT, judgement, lastShown: [signal], usual: [], waits: [] };
}

/** Those that must stay, of backends with these weights. */
function staying(weights: Readonly<Record<string, number>>, told: Readonly<Record<string, Told>>, keys: Record<string, unknown> = {}) {
  const route = routeOf(...Object.entries(weights));
  const { splits } = survey(null, route, null);
  const situation = { rule: ruleWith(keys), splits, tiers: null, metricsFrozen: false } as unknown as RouteSituation;
  return [...sharedFate(new Map(Object.entries(told).map(([name, own]) => [name, reportOf(name, own)])), situation)];
}

describe("a backend that is removed", () => {
  const bad: Told = { reading: [80, 100] };
  const well: Told = { reading: [100, 100], stays: true };
  const weights = { web: 50, east: 30, west: 20 };

  it("stays if a taker of its load is measured and does worse, whatever the others do", () => {
    expect(staying(weights, { web: bad, east: well, west: well })).toEqual([]);
    expect(staying(weights, { web: bad, east: well, west: { reading: [20, 100], stays: true } })).toEqual(["web"]);
  });

  it("stays if a taker is unfit and does no better, not if that does better", () => {
    const east = (good: number): Told => ({ reading: [good, 100], stays: true });
    expect(staying(weights, { web: bad, east: east(80), west: well })).toEqual(["web"]);
    expect(staying(weights, { web: { reading: [10, 100] }, east: east(60), west: well })).toEqual([]);
  });

  it("stays if all takers are worse on too few requests to be judged, not if one of them is", () => {
    const quiet: Told = { reading: [0, 6], stays: true };
    expect(staying(weights, { web: bad, east: quiet, west: well })).toEqual([]);
    expect(staying(weights, { web: bad, east: quiet, west: quiet })).toEqual(["web"]);
  });

  it("stays if all takers answer next to nothing of what their weight promises", () => {
    const dead = (received: number): Told => ({ reading: [received, received], stays: true, lost: 12 });
    expect(staying(weights, { web: bad, east: dead(0), west: dead(1) })).toEqual(["web"]);
    expect(staying(weights, { web: bad, east: dead(0), west: well })).toEqual([]);
    // Six of twelve may be half of it.
    expect(staying(weights, { web: bad, east: dead(6), west: dead(6) })).toEqual([]);
  });

  it("leaves if it has no load that another one would take", () => {
    expect(staying({ web: 100, east: 0 }, { web: { reading: [20, 100], stays: true }, east: bad })).toEqual([]);
  });

  it("stays also as a relapse, but not if it was out before, is not unfit, or has no endpoint", () => {
    const east: Told = { reading: [20, 100], stays: true };
    expect(staying({ web: 50, east: 50 }, { web: { ...bad, before: BACK }, east })).toEqual(["web"]);
    expect(staying({ web: 50, east: 50 }, { web: { ...bad, before: LEFT }, east })).toEqual([]);
    expect(staying({ web: 50, east: 50 }, { web: { ...bad, verdict: "fit" }, east })).toEqual([]);
    expect(staying({ web: 50, east: 50 }, { web: { ...bad, ready: 0 }, east })).toEqual([]);
  });

  it("stays beside one that leaves, too, if it does better", () => {
    expect(staying({ web: 50, east: 50 }, { web: bad, east: { reading: [20, 100] } })).toEqual(["web"]);
    expect(staying({ web: 50, east: 50 }, { web: { reading: [20, 100] }, east: bad })).toEqual(["east"]);
    expect(staying({ web: 50, east: 50 }, { web: bad, east: bad }).toSorted()).toEqual(["east", "web"]);
  });

  it.each(ORDERS)("stays if it is the best of three that leave and would keep their load, listed as %s", (order) => {
    const told = { a: 80, b: 50, c: 10 } as Readonly<Record<string, number>>;
    const names = order.split(" ");
    const listed = Object.fromEntries(names.map((name): [string, Told] => [name, { reading: [told[name] ?? 0, 100] }]));
    expect(staying(Object.fromEntries(names.map((name) => [name, 100])), listed, { whenNoneFit: "hold" })).toEqual(["a"]);
  });
});
