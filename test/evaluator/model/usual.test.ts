import { expect, it } from "vitest";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import type { BackendState } from "../../../src/evaluator/model/backendState.ts";
import { clean } from "../../../src/evaluator/model/backendState.ts";
import type { Judgement } from "../../../src/evaluator/model/judgement.ts";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import type { Standing } from "../../../src/evaluator/model/standings.ts";
import { type Usual, usual, usualOf } from "../../../src/evaluator/model/usual.ts";

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

const COUNTS = { good: 97, total: 100 };
const USUAL: readonly Usual[] = [{ signal: "successRate", ...COUNTS, atMs: 0, towards: COUNTS }];

/** What is usual at a time, after these counts were seen at theirs. */
function usualAfter(
  seen: readonly (readonly [atMs: number, good: number, opinion: Opinion])[],
  atMs: number,
  state: BackendState = SERVING,
) {
  let all: readonly Usual[] = [];
  for (const [seenMs, good, opinion] of seen) all = usual(standing(state, all), judged(good, opinion), seenMs);
  return usualOf(all, "successRate", atMs);
}

it("begins with what is first seen, and then moves slowly", () => {
  expect(usualAfter([[0, 97, "between"]], MINUTE_MS)).toEqual(COUNTS);
  const seen = [
    [0, 97, "between"],
    [MINUTE_MS, 91, "between"],
  ] as const;
  expect(usualAfter(seen, 2 * MINUTE_MS)?.good).toBeCloseTo(96.9);
  expect(usualAfter(seen, 600 * MINUTE_MS)?.good).toBeCloseTo(91, 2);
});

it("stops while the backend is away or unfit, and while too little is counted", () => {
  for (const [good, opinion] of [
    [50, "unfit"],
    [50, "quiet"],
  ] as const) {
    const seen = [
      [0, 97, "between"],
      [MINUTE_MS, 91, "between"],
      [2 * MINUTE_MS, good, opinion],
    ] as const;
    expect(usualAfter(seen, 600 * MINUTE_MS)).toEqual(usualAfter(seen.slice(0, 2), 2 * MINUTE_MS));
  }
  const [away] = usual(standing(OUT, USUAL), judged(91, "between"), MINUTE_MS);
  expect(away?.towards).toBe(null);
});

it("is the same however many ticks look at it, and the same object while nothing changes", () => {
  const often = Array.from({ length: 20 }, (_, i) => [MINUTE_MS + i * 5_000, 91, "between"] as const);
  const start = [0, 97, "between"] as const;
  const rarely = [often[0] ?? start];
  expect(usualAfter([start, ...often], 9 * MINUTE_MS)).toEqual(usualAfter([start, ...rarely], 9 * MINUTE_MS));
  expect(usual(standing(SERVING, USUAL), judged(97, "between"), MINUTE_MS)).toBe(USUAL);
});
