import { describe, expect, it } from "vitest";
import { judgeReadiness } from "../../../src/evaluator/health/judgeReadiness.ts";

/** `unfit 1/4 of 2`: the opinion, the ready endpoints of all, and how many are needed. */
function judged(ready: number, notReady: number, signal: Parameters<typeof judgeReadiness>[1] = { minReady: 1, failAfterMs: 0 }): string {
  const { opinion, reading, reasons } = judgeReadiness({ state: "counted", ready, notReady }, signal);
  const [reason] = reasons;
  if (!("total" in reading) || reason?.kind !== "ready" || reason.ready !== reading.good) return "no value";
  return `${opinion} ${reading.good}/${reading.total} of ${reason.minReady}`;
}

const least = (minReady: number) => ({ minReady, failAfterMs: 0 });
const share = (minReadyShare: number) => ({ minReadyShare, failAfterMs: 0 });

describe("readiness is judged by the ready endpoints", () => {
  it.each([
    [0, 0, "unfit 0/0 of 1"],
    [0, 3, "unfit 0/3 of 1"],
    [1, 3, "fit 1/4 of 1"],
    [31, 0, "fit 31/31 of 1"],
    [31, 1, "fit 31/32 of 1"],
    [500, 20, "fit 500/520 of 1"],
  ])("%i ready, %i not: %s", (ready, notReady, expected) => {
    expect(judged(ready, notReady)).toBe(expected);
    // Few endpoints share their judgement with those who had as many before.
    expect(judged(ready, notReady)).toBe(expected);
  });

  it("of which `minReady` are needed", () => {
    expect(judged(2, 0, least(3))).toBe("unfit 2/2 of 3");
    expect(judged(3, 0, least(3))).toBe("fit 3/3 of 3");
    expect(judged(3, 0, least(40))).toBe("unfit 3/3 of 40");
    expect(judged(3, 0, least(41))).toBe("unfit 3/3 of 41");
  });

  it("or a share of all, rounded up, and one at the least", () => {
    expect(judged(1, 2, share(0.5))).toBe("unfit 1/3 of 2");
    expect(judged(2, 1, share(0.5))).toBe("fit 2/3 of 2");
    expect(judged(0, 0, share(0.5))).toBe("unfit 0/0 of 1");
    // 0.07 * 100 is a little more than 7 in floating point.
    expect(judged(7, 93, share(0.07))).toBe("fit 7/100 of 7");
  });

  it("and no two counts have the same judgement, however few they are", () => {
    const all = Array.from({ length: 34 ** 2 }, (_, i) => [i % 34, Math.floor(i / 34)] as const);
    for (const minReady of [0, 1, 2, 31, 32]) {
      for (const [ready, notReady] of all) {
        expect(judged(ready, notReady, least(minReady))).toBe(
          `${ready < minReady ? "unfit" : "fit"} ${ready}/${ready + notReady} of ${minReady}`,
        );
      }
    }
  });
});

it("endpoints that cannot be counted are no evidence", () => {
  const signal = least(1);
  expect(judgeReadiness({ state: "stale" }, signal)).toMatchObject({
    opinion: "failed",
    reading: { state: "failed" },
    reasons: [{ kind: "readinessSilent", why: "stale" }],
  });
  expect(judgeReadiness({ state: "elsewhere" }, signal)).toMatchObject({
    opinion: "quiet",
    reading: { state: "missing" },
    reasons: [{ kind: "readinessSilent", why: "elsewhere" }],
  });
});
