import { describe, expect, it } from "vitest";
import { logRatio, SURE, withTick } from "../../../src/evaluator/model/beyondDoubt.ts";

/**
 * Computed independently, with 30 digits, in Python:
 *
 *     from decimal import Decimal as D, getcontext; getcontext().prec = 30
 *     ratio = lambda good, bad, theta: (((1 - theta/2)**bad * (theta/2)**good) / ((1 - theta)**bad * theta**good)).ln()
 *     ratio(D(0), D(1), D("0.9"))      # and so on
 */
const GOLDEN = [
  { failBelow: 0.9, good: 0, total: 1, ratio: 1.7047480922 },
  { failBelow: 0.9, good: 1, total: 1, ratio: -0.6931471806 },
  { failBelow: 0.9, good: 40, total: 100, ratio: 74.5589983119 },
  { failBelow: 0.9, good: 80, total: 100, ratio: -21.3568126 },
  { failBelow: 0.95, good: 0, total: 6, ratio: 14.108251543 },
  { failBelow: 0.99, good: 9, total: 12, ratio: 5.5275953838 },
] as const;
const WINDOW = { windowMs: 30_000, apartMs: 5_000 };
const good = (total: number) => ({ good: total, total });

describe("how likely a backend is failing", () => {
  it.each(GOLDEN)("$good of $total good, failBelow $failBelow: $ratio", ({ failBelow, ratio, ...counts }) => {
    expect(logRatio(counts, failBelow)).toBeCloseTo(ratio, 9);
  });

  it("is sure at one in a million: after nine failures in a row for 90 %", () => {
    expect(SURE).toBeCloseTo(13.815510558, 9);
    expect(logRatio({ good: 0, total: 8 }, 0.9)).toBeLessThan(SURE);
    expect(logRatio({ good: 0, total: 9 }, 0.9)).toBeGreaterThan(SURE);
  });
});

describe("ticks with new answers", () => {
  const outage = [good(600), { good: 500, total: 600 }, { good: 400, total: 600 }, { good: 300, total: 600 }];

  it("two that agree are needed, however many requests fail", () => {
    const ticks = outage.slice(1).map((now, i) => ({ ...WINDOW, before: outage[i] ?? now, now }));
    const sums = ticks.reduce<number[]>((all, own) => [...all, withTick(all.at(-1) ?? 0, own, 0.9)], []);
    expect(sums.map((sum) => sum / SURE)).toEqual([0.5, 1, 1.5]);
  });

  it("the same answer again adds nothing, and one without new failures ends the sum", () => {
    const burst = { good: 500, total: 600 };
    expect(withTick(7, { ...WINDOW, before: burst, now: burst }, 0.9)).toBe(7);
    // The burst is over: 100 good answers replace others.
    expect(withTick(7, { ...WINDOW, before: burst, now: { good: 517, total: 617 } }, 0.9)).toBe(0);
    expect(withTick(7, { ...WINDOW, before: burst, now: { good: 500, total: 601 } }, 0.9)).toBe(0);
  });

  it("few failures are worth little: at 0.8 a second it takes three ticks", () => {
    const counts = [good(24), { good: 20, total: 24 }, { good: 16, total: 24 }, { good: 12, total: 24 }];
    const sums = counts.slice(1).reduce<number[]>((all, now, i) => {
      const own = { ...WINDOW, before: counts[i] ?? now, now };
      return [...all, withTick(all.at(-1) ?? 0, own, 0.9)];
    }, []);
    expect(sums.findIndex((sum) => sum >= SURE)).toBe(2);
  });

  it("counts no failure that was in the window before, even after a gap longer than the window", () => {
    expect(withTick(0, { windowMs: 30_000, apartMs: 60_000, before: { good: 0, total: 50 }, now: { good: 1, total: 50 } }, 0.9)).toBe(0);
  });
});
