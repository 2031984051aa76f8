import { describe, expect, it } from "vitest";
import { Pace } from "../../src/actuator/pace.ts";

/** Answers that took so long, one after the other, while as many as allowed were in flight. */
function answers(pace: Pace, count: number, tookMs: number, fromMs = 0): void {
  for (let i = 0; i < count; i++) pace.answered(fromMs + i * tookMs, fromMs + (i + 1) * tookMs, true);
}

describe("the number of writes in flight", () => {
  it("grows by one with each round of swift answers, up to a limit", () => {
    const pace = new Pace();
    const first = pace.limit;
    answers(pace, first + 1, 10);
    expect(pace.limit).toBe(first + 1);
    answers(pace, 100_000, 10);
    expect(pace.limit).toBe(128);
  });

  it("does not grow while fewer are wanted, nor on answers that are neither swift nor slow", () => {
    const pace = new Pace();
    const first = pace.limit;
    for (let i = 0; i < 1_000; i++) pace.answered(i, i + 10, false);
    answers(pace, 1_000, 200);
    expect(pace.limit).toBe(first);
  });

  it("is halved by a slow answer or a refusal, once for all that were in flight, down to a limit", () => {
    const pace = new Pace();
    answers(pace, 100_000, 10);
    const nowMs = 2_000_000;
    for (let i = 0; i < 100; i++) pace.answered(nowMs, nowMs + 600 + i, true);
    expect(pace.limit).toBe(64);
    pace.overloaded(nowMs + 700, nowMs + 800);
    expect(pace.limit).toBe(32);
    for (let i = 0; i < 10; i++) pace.overloaded(nowMs + 1_000 * (i + 1), nowMs + 1_000 * (i + 1) + 1);
    expect(pace.limit).toBe(8);
  });
});
