import { describe, expect, it } from "vitest";
import { falseAlarmAt, worstFalseAlarm } from "../../../src/evaluator/forecast/falseAlarm.ts";

/** Enough for every rule of a large file. */
const AT_ONCE_MS = 500;

describe("the odds of a false alarm, by exact binomial sums", () => {
  it.each([
    [0.9, 20, 1.36779863e-6],
    [0.9, 22, 2.28483142e-6],
    [0.95, 56, 2.11535316e-5],
    [0.98, 27, 0.0297456363],
    [0.99, 17, 0.157_056_806_6],
    [0.995, 1_000, 0.542_699_41],
  ])("below %f with exactly %i requests are %f", (failBelow, total, probability) => {
    expect(falseAlarmAt(failBelow, total) / probability).toBeCloseTo(1, 3);
  });

  it.each([
    [0.9, 20, 2.284_831_42e-6],
    [0.95, 50, 2.115_353_16e-5],
    [0.98, 20, 0.029_745_636_3],
    [0.99, 5, 0.157_056_806_6],
    [0.99, 100, 0.083_088_985_1],
    [0.995, 20, 0.999_954_652_5],
    // A healthy backend never fails half of them.
    [0.5, 1_000_000, 0],
  ])("below %f with %i requests or more are at most %f", (failBelow, minRequests, probability) => {
    expect(worstFalseAlarm(failBelow, minRequests)).toBeCloseTo(probability, 9);
  });

  it("are never less than those of a single number of requests", () => {
    for (const failBelow of [0.01, 0.5, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]) {
      const worst = worstFalseAlarm(failBelow, 10);
      for (let total = 10; total < 1_000; total += 7) expect(falseAlarmAt(failBelow, total)).toBeLessThanOrEqual(worst);
    }
  });

  it("are computed fast for every threshold", () => {
    const startMs = performance.now();
    for (const failBelow of [0.01, 0.5, 0.9, 0.98, 0.99, 0.995, 0.999]) worstFalseAlarm(failBelow, 1);
    expect(performance.now() - startMs).toBeLessThan(7 * AT_ONCE_MS);
  });
});
