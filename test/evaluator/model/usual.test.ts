import { expect, it } from "vitest";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import type { BackendState } from "../../../src/evaluator/model/backendState.ts";
import { clean } from "../../../src/evaluator/model/backendState.ts";
import type { Judgement } from "../../../src/evaluator/model/judgement.ts";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import type { Standing } from "../../../src/evaluator/model/standings.ts";
import { type Usual, usual } from "../../../src/evaluator/model/usual.ts";

const MINUTE_MS = 60_000;
const SERVING = clean(0);
const OUT: BackendState = { phase: "out", sinceMs: 0, relapses: 0, cause: "successRate", fromStep: false, good: null };

function standing(state: BackendState, before: readonly Usual[]): Standing {
  const judgement = judged(100, "fit");
  const last: BackendReport = { backend: "web", before: state, state, judgement, lastShown: [], usual: before, waits: [] };
  return { backend: "web", service: "shop/web", state, last };
}

function judged(good: number, opinion: Opinion): Judgement {
  const share = { kind: "share", signal: "successRate", good, total: 100, unaccounted: 0, opinion } as const;
  const reasons = [{ ...share, windowMs: 30_000, failBelow: 0.9, recoverAbove: 0.98, minRequests: 20, upper: 1 }];
  const soft = [
    { signal: "successRate", cause: "successRate", opinion, reading: { state: "value", good, total: 100 }, interval: null, reasons },
  ];
  return { verdict: opinion === "unfit" ? "unfit" : "fit", hard: [], soft } as unknown as Judgement;
}

const USUAL: readonly Usual[] = [{ signal: "successRate", good: 97, total: 100 }];

it("begins with what is first seen, and then moves slowly", () => {
  expect(usual(standing(SERVING, []), judged(97, "between"), 0)).toEqual(USUAL);
  expect(usual(standing(SERVING, USUAL), judged(91, "between"), MINUTE_MS)[0]?.good).toBeCloseTo(96.9);
});

it("is kept while the backend is away or unfit, and while too little is counted", () => {
  expect(usual(standing(OUT, USUAL), judged(91, "between"), MINUTE_MS)).toBe(USUAL);
  expect(usual(standing(SERVING, USUAL), judged(50, "unfit"), MINUTE_MS)).toBe(USUAL);
  expect(usual(standing(SERVING, USUAL), judged(50, "quiet"), MINUTE_MS)).toBe(USUAL);
});

it("is the same object while nothing changes, so that a route at rest costs nothing", () => {
  expect(usual(standing(SERVING, USUAL), judged(97, "between"), MINUTE_MS)).toBe(USUAL);
});
