import { describe, expect, it } from "vitest";
import type { SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import { wilson } from "../../../src/evaluator/model/wilson.ts";
import { worseBy } from "../../../src/evaluator/model/worseBy.ts";

/** A share of good requests; it is unfit below 90 %, and too few are never unfit. */
function share(signal: "successRate" | "latency" | "unanswered", good: number, total: number): SignalJudgement {
  const interval = wilson(good, total);
  const opinion = total < 20 ? "quiet" : interval.upper < 0.9 ? "unfit" : "between";
  return { signal, cause: signal, opinion, reading: { state: "value", good, total }, interval, reasons: [] };
}

const success = (good: number, total = 1_000) => share("successRate", good, total);
const fast = (good: number) => share("latency", good, 1_000);
const answered = (good: number) => share("unanswered", good, 1_000);

describe("a backend does worse", () => {
  it.each<[string, readonly SignalJudgement[], readonly SignalJudgement[], string | null]>([
    ["by an interval that lies below", [success(100)], [success(600)], "successRate"],
    ["not by one that lies above", [success(600)], [success(100)], null],
    ["not by one that overlaps", [success(600)], [success(610)], null],
    ["not if both do well", [success(950)], [success(999)], null],
    ["on few requests below an unfit interval", [success(0, 10)], [success(700)], "successRate"],
    ["not on few requests below a good interval", [success(2, 10)], [success(999)], null],
    ["not without requests", [success(0, 0)], [success(999)], null],
    ["not on another signal", [fast(100)], [success(999)], null],
    ["by slow answers if both succeed", [success(999), fast(100)], [success(999), fast(990)], "latency"],
    ["not by slow answers if the other one's are wrong", [success(999), fast(100)], [success(100), fast(990)], null],
    ["by wrong answers, however fast", [success(100), fast(990)], [success(999), fast(100)], "successRate"],
    ["by no answers, however good the others", [success(999), answered(50)], [success(500), answered(999)], "unanswered"],
  ])("%s", (_, own, others, signal) => expect(worseBy(own, others)?.signal ?? null).toBe(signal));
});
