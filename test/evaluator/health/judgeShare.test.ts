import { describe, expect, it } from "vitest";
import type { Evidence } from "../../../src/evaluator/health/evidence.ts";
import { judgeShare, type ShareQuestion } from "../../../src/evaluator/health/judgeShare.ts";
import { counts } from "../routeFacts.ts";

const THRESHOLDS = { failBelow: 0.9, recoverAbove: 0.98, windowMs: 30_000, minRequests: 20 };

interface Case {
  readonly good: number;
  readonly total: number;
  readonly promised?: number | null;
  readonly phase?: Evidence["phase"];
  readonly warmingUp?: boolean;
}

function question({ good, total, promised = null }: Case): ShareQuestion {
  return { signal: "successRate", thresholds: THRESHOLDS, counts: counts(total, total - good), unaccounted: 0, promised };
}

function evidence({ phase = "serving", warmingUp = false }: Partial<Case> = {}, wasSentRequests = true): Evidence {
  const windows = { wasSentRequests: () => wasSentRequests, warmingUp: () => warmingUp };
  return { backend: "web", phase, windows } as unknown as Evidence;
}

const judged = (given: Case) => judgeShare(question(given), evidence(given));

describe("a share of good requests is", () => {
  it.each<[string, Case]>([
    ["fit", { good: 98, total: 100 }],
    ["between", { good: 97, total: 100 }],
    // 84 of 100: the interval reaches 89.9 %.
    ["unfit", { good: 84, total: 100 }],
    ["between", { good: 85, total: 100 }],
    ["fit", { good: 20, total: 20 }],
    ["quiet", { good: 19, total: 19 }],
    ["quiet", { good: 0, total: 19 }],
    ["unfit", { good: 0, total: 20 }],
    ["quiet", { good: 0, total: 0 }],
  ])("%s with %o while it serves", (opinion, given) => {
    expect(judged(given).opinion).toBe(opinion);
    expect(judged({ ...given, phase: "suspect" }).opinion).toBe(opinion);
  });

  it.each(["out", "returning"] as const)("unfit with three bad ones while it is %s", (phase) => {
    expect(judged({ good: 0, total: 3, phase }).opinion).toBe("unfit");
    expect(judged({ good: 0, total: 2, phase }).opinion).toBe("quiet");
    expect(judged({ good: 19, total: 19, phase }).opinion).toBe("quiet");
  });

  it("unfit with three bad ones where 40 were promised: the others were sent elsewhere", () => {
    expect(judged({ good: 0, total: 3, promised: 40 }).opinion).toBe("unfit");
    expect(judged({ good: 0, total: 3, promised: 39 }).opinion).toBe("quiet");
    expect(judged({ good: 0, total: 3, promised: null }).opinion).toBe("quiet");
  });
});

describe("requests that were promised and not answered", () => {
  it("are missing: three, where none was answered, else 40", () => {
    expect(judged({ good: 0, total: 0, promised: 3 })).toMatchObject({
      opinion: "missing",
      reading: { state: "missing" },
      reasons: [
        { kind: "share", opinion: "quiet" },
        { kind: "lostRequests", promised: 3, received: 0 },
      ],
    });
    expect(judged({ good: 0, total: 0, promised: 2.9 }).opinion).toBe("quiet");
    expect(judged({ good: 5, total: 5, promised: 39 }).opinion).toBe("quiet");
    expect(judged({ good: 5, total: 5, promised: 40 }).opinion).toBe("missing");
    expect(judged({ good: 20, total: 20, promised: 400 }).opinion).toBe("fit");
  });
});

describe("without series", () => {
  const none = { ...question({ good: 0, total: 0 }), counts: null };
  it("what was promised and not answered is told where three requests were promised", () => {
    expect(judgeShare({ ...none, promised: 3 }, evidence()).reasons).toMatchObject([{ kind: "share" }, { kind: "lostRequests" }]);
    expect(judgeShare({ ...none, promised: 2.9 }, evidence()).reasons).toMatchObject([{ kind: "noMetrics", why: "missing" }]);
  });

  it("a share is missing if the backend was sent requests, else quiet", () => {
    expect(judgeShare(none, evidence())).toMatchObject({
      opinion: "missing",
      interval: null,
      reasons: [{ kind: "noMetrics", signal: "successRate", why: "missing" }],
    });
    expect(judgeShare(none, evidence({}, false))).toMatchObject({ opinion: "quiet", reading: { state: "quiet", good: 0, total: 0 } });
  });

  it("the reason says why the answer failed, and nothing of an error otherwise", () => {
    const failed = { ...none, counts: { state: "failed", error: "away" } as const };
    expect(judgeShare(failed, evidence()).reasons).toEqual([{ kind: "noMetrics", signal: "successRate", why: "failed", error: "away" }]);
    expect(judgeShare(none, evidence()).reasons).toEqual([{ kind: "noMetrics", signal: "successRate", why: "missing" }]);
  });
});

describe("before the first window is complete", () => {
  const brake = { kind: "brake", brake: "warmUp" };
  it("no opinion counts, and one against a backend with load is held", () => {
    expect(judged({ good: 100, total: 100, warmingUp: true }).opinion).toBe("warmUp");
    const held = judged({ good: 50, total: 100, warmingUp: true });
    expect(held.opinion).toBe("warmUp");
    expect(held.reasons).toContainEqual(brake);
    expect(judged({ good: 100, total: 100, warmingUp: true }).reasons).not.toContainEqual(brake);
  });

  it("one against a backend that is out counts, because it moves no traffic", () => {
    const out = judged({ good: 50, total: 100, warmingUp: true, phase: "out" });
    expect(out.opinion).toBe("unfit");
    expect(out.reasons).not.toContainEqual(brake);
    const back = judged({ good: 50, total: 100, warmingUp: true, phase: "returning" });
    expect(back.opinion).toBe("warmUp");
    expect(back.reasons).not.toContainEqual(brake);
    expect(judged({ good: 100, total: 100, warmingUp: true, phase: "out" }).opinion).toBe("warmUp");
  });
});

describe("the judgement of the last tick", () => {
  const given: Case = { good: 95, total: 100 };
  const last = judged(given);
  const again = (change: Partial<ShareQuestion>, more: Partial<Case> = {}) =>
    judgeShare({ ...question(given), ...change }, evidence(more), last);

  it("is returned again if nothing has changed", () => {
    expect(again({})).toBe(last);
    const held = judged({ good: 50, total: 100, warmingUp: true });
    expect(judgeShare(question({ good: 50, total: 100 }), evidence({ warmingUp: true }), held)).toEqual(held);
  });

  it.each<[string, Partial<ShareQuestion>, Partial<Case>]>([
    ["the good requests", { counts: counts(100, 6) }, {}],
    ["all requests", { counts: counts(101, 6) }, {}],
    ["the failures that only the route counted", { unaccounted: 1 }, {}],
    ["the thresholds", { thresholds: { ...THRESHOLDS } }, {}],
    ["the opinion", {}, { warmingUp: true }],
  ])("is another one after a change of %s", (_, change, more) => {
    const now = again(change, more);
    expect(now).not.toBe(last);
    expect(now).toEqual(judgeShare({ ...question(given), ...change }, evidence(more)));
  });
});
