import { describe, expect, it } from "vitest";
import { leftByMetrics } from "../../../src/evaluator/brakes/departures.ts";
import { detectSignalLoss, type Measurement } from "../../../src/evaluator/brakes/signalLoss.ts";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import type { Phase } from "../../../src/routes/route.ts";

describe("a departure because of metrics", () => {
  const left = (before: Phase, phase: Phase, cause: string) =>
    leftByMetrics({ before: { phase: before }, state: { phase, cause } } as unknown as BackendReport);

  it("is one from serving or suspect to out, because of a metric", () => {
    expect(left("serving", "out", "successRate")).toBe(true);
    expect(left("suspect", "out", "latency")).toBe(true);
    expect(left("suspect", "out", "readiness")).toBe(false);
    expect(left("serving", "suspect", "successRate")).toBe(false);
  });

  it("is no relapse, and none at the tick after it", () => {
    expect(left("returning", "out", "successRate")).toBe(false);
    expect(left("out", "out", "successRate")).toBe(false);
  });
});

describe("signalLoss", () => {
  const measured = (count: number, isLost: boolean | null, first = 0): readonly Measurement[] =>
    Array.from({ length: count }, (_, i) => ({ key: `r${first + i}`, hadValue: true, isLost }));

  it("does not count a route whose query was not sent", () => {
    const lost = [...measured(5, true), ...measured(10, null, 5)];
    expect(detectSignalLoss(null, lost, lost.length, 0.5, 0)?.had.size).toBe(5);
    expect(detectSignalLoss(null, [...measured(4, true), ...measured(10, null, 4)], 14, 0.5, 0)).toBeNull();
  });

  it("is over when the routes that had metrics have them again, whatever others lack, and when they are gone", () => {
    const loss = { sinceMs: 0, had: new Set(["r0", "r1"]) };
    const others = measured(10, true, 2);
    expect(detectSignalLoss(loss, [...measured(2, false), ...others], 12, 0.5, 5_000)).toBeNull();
    expect(detectSignalLoss(loss, [...measured(2, null), ...others], 12, 0.5, 5_000)).toBe(loss);
    expect(detectSignalLoss(loss, others, 10, 0.5, 5_000)).toBeNull();
    expect(detectSignalLoss(loss, [], 10, 0, 5_000)).toBeNull();
  });
});
