import { describe, expect, it } from "vitest";
import { detectionLimit } from "../../demo/detection.ts";

const FAULT = {
  requestsASecond: 50,
  windowMs: 10_000,
  failBelow: 0.9,
  successShare: 0.5,
  scrapeIntervalMs: 2_000,
  failAfterMs: 4_000,
  intervalMs: 1_000,
};

describe("detectionLimit", () => {
  it("is later than the plain ratio crosses, because of the confidence interval", () => {
    // Half of the requests fail: the ratio is at 90 % after W × 0.1 / 0.5 = 2 s.
    const { crossMs } = detectionLimit(FAULT);
    expect(crossMs).toBeGreaterThan(2_000);
    expect(crossMs).toBeLessThan(3_000);
  });

  it("is close to the plain ratio with many requests", () => {
    expect(detectionLimit({ ...FAULT, requestsASecond: 1_000_000 }).crossMs).toBeCloseTo(2_000, -2);
  });

  it("includes scrape, failAfter and tick", () => {
    const { crossMs, limitMs } = detectionLimit(FAULT);
    expect((limitMs ?? 0) - (crossMs ?? 0)).toBe(7_300);
  });

  it("is null if a fault is never detected", () => {
    expect(detectionLimit({ ...FAULT, successShare: 0.91 })).toEqual({ crossMs: null, limitMs: null });
  });
});
