import { describe, expect, it } from "vitest";
import type { BackendState } from "../../../src/evaluator/model/backendState.ts";
import { clean } from "../../../src/evaluator/model/backendState.ts";
import type { Judgement, SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import type { Opinion, Reason } from "../../../src/evaluator/model/reason.ts";
import type { RouteSituation } from "../../../src/evaluator/model/routeSituation.ts";
import type { Standing } from "../../../src/evaluator/model/standings.ts";
import type { WeightsSince } from "../../../src/evaluator/model/weightHistory.ts";
import { areNoBetter, type Exam, examOf, isAsUsual, isBetter, isFarWorse, isWorse } from "../../../src/evaluator/phases/exam.ts";
import type { Cause, Route } from "../../../src/routes/route.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { readHttpRoute, rule } from "../../routes/gatewayObjects.ts";
import { routeOf } from "../../routes/routeObjects.ts";
import { answerWith, byService, counts, factsOf, metricsWith } from "../routeFacts.ts";

const RULE = ruleSchema.parse({ name: "all", signals: { readiness: {}, successRate: {}, latency: {}, unanswered: {} } });
const WINDOW_MS = 30_000;
const SPLIT = routeOf(["web", 10], ["east", 60], ["west", 30], ["north", 0]);

type Share = "successRate" | "latency" | "unanswered";

function signal(name: Share, good: number, total: number, opinion: Opinion = "fit"): SignalJudgement {
  const reading = opinion === "missing" || opinion === "failed" ? { state: opinion } : ({ state: "value", good, total } as const);
  const reason = { kind: "share", signal: name, opinion, good, total } as unknown as Reason;
  return { signal: name, cause: name, opinion, reading, interval: null, reasons: [reason] };
}

const judgement = (...soft: readonly SignalJudgement[]) => ({ soft }) as unknown as Judgement;
const returning = (cause: Cause): BackendState => ({ phase: "returning", sinceMs: 0, relapses: 0, cause, step: 0, trial: null });

const OUT: BackendState = { phase: "out", sinceMs: 0, relapses: 0, cause: "successRate", fromStep: false, good: null };

interface Case {
  readonly route?: Route;
  readonly cause?: Cause;
  readonly judgements?: readonly Judgement[];
  /** By backend; others serve. */
  readonly states?: Readonly<Record<string, BackendState>>;
  readonly history?: readonly WeightsSince[];
  readonly nowMs?: number;
}

const GOOD = judgement(signal("latency", 90, 100), signal("successRate", 99, 100));

/** The exam of the first backend. */
function exam({
  route = SPLIT,
  cause = "successRate",
  judgements = [GOOD, GOOD, GOOD, GOOD],
  states = {},
  history,
  nowMs = 0,
}: Case = {}): Exam | null {
  const facts = factsOf(route, RULE, history);
  const standings: readonly Standing[] = facts.standings.map((own, i) => ({
    ...own,
    state: states[own.backend] ?? (i === 0 ? returning(cause) : clean(0)),
  }));
  const value = answerWith({ apexes: byService({ web: [300, 0] }), routes: new Map([[route.key, counts(300)]]) });
  const metrics = metricsWith({ requests: new Map([[WINDOW_MS, { state: "answered", value }]]) });
  return examOf(0, standings, judgements, { facts, rule: RULE, metrics, nowMs } as unknown as RouteSituation);
}

describe("a backend that is out or returning is tried", () => {
  it("by the share that removed it", () => {
    expect(exam()?.judged.signal).toBe("successRate");
    expect(exam({ cause: "latency" })?.judged.signal).toBe("latency");
    expect(exam({ cause: "latency" })?.thresholds).toMatchObject({ underMs: 500 });
    expect(exam({ states: { web: OUT } })?.judged.signal).toBe("successRate");
  });

  it("and by its success rate, unless it is tried by that already", () => {
    expect(exam({ cause: "latency" })?.bySuccess).toMatchObject({ judged: { signal: "successRate" }, answers: { good: 99, total: 100 } });
    expect(exam()?.bySuccess).toBeUndefined();
    expect(exam({ cause: "latency", judgements: [judgement(signal("latency", 90, 100))] })?.bySuccess).toBeUndefined();
  });

  it("or by the first that is on, if something else did", () => {
    expect(exam({ cause: "readiness" })?.judged.signal).toBe("successRate");
    const slow = judgement(signal("unanswered", 1, 1), signal("latency", 1, 1));
    expect(exam({ cause: "gateway", judgements: [slow, slow, slow, slow] })?.judged.signal).toBe("latency");
  });

  it("by nothing if no signal counts its requests, or it serves", () => {
    const none = judgement();
    expect(exam({ judgements: [none, none, none, none] })).toBeNull();
    expect(exam({ cause: "unanswered" })).toBeNull();
    expect(exam({ states: { web: clean(0) } })).toBeNull();
    expect(exam({ judgements: [] })).toBeNull();
  });

  it("on its answers, and what its share of the route's requests promised", () => {
    expect(exam()).toMatchObject({ answers: { good: 99, total: 100, promised: 30 }, share: 0.1 });
  });

  it("and what the least share promised that it had while they may have been sent", () => {
    const had = (share: number, atMs: number): WeightsSince => ({ atMs, shares: new Map([["web", share]]) });
    const promised = (nowMs: number, ...history: readonly WeightsSince[]) => {
      const answers = exam({ history, nowMs })?.answers;
      return [answers?.promised, answers?.leastPromised];
    };
    // The window of 30 s may have been counted 15 s ago.
    const grown = [had(0.1, 0), had(0.5, 100_000)];
    expect(promised(144_999, ...grown)).toEqual([150, 30]);
    expect(promised(145_000, ...grown)).toEqual([150, 150]);
    expect(promised(101_000, had(0.5, 0), had(0.1, 100_000))).toEqual([30, 30]);
    expect(promised(101_000, had(0, 0), had(0.1, 100_000))).toEqual([30, 0]);
  });

  it("on an unknown promise where the splits differ or there is a rule that is no split", () => {
    const split = (web: number, east: number) => rule(["web", web], ["east", east]);
    const promised = (...rules: readonly Record<string, unknown>[]) => {
      const answers = exam({ route: readHttpRoute([...rules]) })?.answers;
      return [answers?.promised, answers?.leastPromised];
    };
    expect(promised(split(10, 90))).toEqual([30, 30]);
    expect(promised(split(10, 90), split(10, 90))).toEqual([30, 30]);
    expect(promised(split(10, 90), split(50, 50))).toEqual([null, null]);
    expect(promised(split(10, 90), rule(["admin", 1]))).toEqual([null, null]);
  });
});

describe("it is compared with the backends that carry the load", () => {
  const own = (good: number, total: number, opinion?: Opinion) => judgement(signal("successRate", good, total, opinion));

  it("all of them together, on the same signal", () => {
    const others = judgement(signal("latency", 1, 1_000), signal("successRate", 45, 50));
    expect(exam({ judgements: [GOOD, others, own(27, 30), own(1, 99)] })?.carriers).toEqual({ good: 72, total: 80 });
  });

  it("not with itself, one that returns, one without load or one that is not judged by it", () => {
    const states = { web: returning("successRate"), west: returning("successRate") };
    expect(exam({ states, judgements: [GOOD, own(45, 50), own(27, 30), own(1, 99)] })?.carriers).toEqual({ good: 45, total: 50 });
    expect(exam({ judgements: [GOOD, own(45, 50), judgement(), own(1, 99)] })?.carriers).toEqual({ good: 45, total: 50 });
    // It is out and still has its weight.
    expect(exam({ states: { web: OUT }, judgements: [GOOD, own(45, 50), own(0, 0), GOOD] })?.carriers).toEqual({ good: 45, total: 50 });
  });

  it("if these have enough requests", () => {
    expect(exam({ judgements: [GOOD, own(12, 12), own(8, 8), own(0, 0)] })?.carriers).toEqual({ good: 20, total: 20 });
    expect(exam({ judgements: [GOOD, own(12, 12), own(7, 7), own(0, 0)] })?.carriers).toBeNull();
  });

  it("unless all of them lack a reading: then the monitoring is away", () => {
    const away = (...opinions: readonly Opinion[]) =>
      exam({ judgements: [GOOD, ...opinions.map((opinion) => own(0, 0, opinion)), GOOD] })?.isMonitoringAway;
    expect(away("missing", "missing")).toBe(true);
    expect(away("missing", "failed")).toBe(true);
    expect(away("missing", "quiet")).toBe(false);
    expect(away("quiet", "quiet")).toBe(false);
    expect(exam({ states: { west: returning("successRate"), east: returning("successRate") } })?.isMonitoringAway).toBe(false);
  });
});

describe("an answer is", () => {
  const given = (carriers: Exam["carriers"], usual: Exam["usual"]) => ({ ...exam(), carriers, usual }) as Exam;
  const of = (good: number) => ({ good, total: 1_000 });

  it("worse if a significantly smaller part of it is good than of the carriers', and than usual", () => {
    expect(isWorse(of(950), given(of(995), null))).toBe(true);
    expect(isWorse(of(950), given(of(955), null))).toBe(false);
    expect(isWorse(of(950), given(of(995), of(950)))).toBe(false);
    expect(isWorse(of(950), given(of(995), of(990)))).toBe(true);
    expect(isWorse(of(950), given(null, null))).toBe(false);
  });

  it("as usual only where it is certainly not unfit", () => {
    expect(isAsUsual(of(950), given(null, of(950)))).toBe(true);
    expect(isAsUsual(of(905), given(null, of(905)))).toBe(false);
    expect(isAsUsual(of(950), given(null, null))).toBe(false);
  });

  it("better only where the carriers do significantly worse, far worse only where it does not half as well", () => {
    expect(isBetter(of(995), given(of(950), null))).toBe(true);
    expect(isBetter(of(955), given(of(950), null))).toBe(false);
    expect(isBetter(of(950), given(of(995), null))).toBe(false);
    expect(isBetter(of(995), given(null, null))).toBe(false);
    expect(isFarWorse(of(400), given(of(990), null))).toBe(true);
    expect(isFarWorse(of(600), given(of(990), null))).toBe(false);
    expect(isFarWorse(of(0), given(null, null))).toBe(false);
  });

  it("no reason to leave where the carriers are unfit, too, and do not significantly better", () => {
    expect(areNoBetter(of(500), given(of(510), null))).toBe(true);
    expect(areNoBetter(of(600), given(of(500), null))).toBe(true);
    expect(areNoBetter(of(500), given(of(600), null))).toBe(false);
    // These may be fit.
    expect(areNoBetter(of(890), given(of(890), null))).toBe(false);
    expect(areNoBetter(of(500), given(null, null))).toBe(false);
  });
});
