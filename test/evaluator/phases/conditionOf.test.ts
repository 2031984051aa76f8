import { describe, expect, it } from "vitest";
import type { ClusterState } from "../../../src/evaluator/model/cluster.ts";
import type { Judgement, SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import type { Opinion, Reason } from "../../../src/evaluator/model/reason.ts";
import { conditionOf } from "../../../src/evaluator/phases/conditionOf.ts";
import type { Exam } from "../../../src/evaluator/phases/exam.ts";
import type { BackendTick } from "../../../src/evaluator/phases/nextPhase.ts";
import type { Cause } from "../../../src/routes/route.ts";

const signal = (cause: Cause, opinion: Opinion, reasons: readonly Reason[] = []): SignalJudgement => {
  return { signal: cause, cause, opinion, reading: { state: "missing" }, interval: null, reasons };
};
const unfitShare = { kind: "share", opinion: "unfit" } as unknown as Reason;
const brake: Reason = { kind: "brake", brake: "warmUp" };

interface Case {
  readonly hard?: readonly SignalJudgement[];
  readonly soft?: readonly SignalJudgement[];
  readonly cluster?: ClusterState["gateway"];
  readonly cause?: Cause;
  readonly metricsFrozen?: boolean;
  readonly isTried?: boolean;
  /** What it and the carriers answered well of 1 000; undefined: it is not compared. */
  readonly compared?: readonly [own: number, carriers: number | null];
}

/** The condition of a backend whose success rate is the first of its soft signals. */
function condition({ hard = [], soft = [], cluster, cause = "successRate", metricsFrozen = false, isTried = false, compared }: Case) {
  const verdict = [...hard, ...soft].some(({ opinion }) => opinion === "unfit") ? "unfit" : "fit";
  const judgement = { verdict, hard, soft, cluster: cluster === undefined ? null : { gateway: cluster } } as unknown as Judgement;
  const of = (good: number) => ({ good, total: 1_000 });
  const exam =
    compared === undefined
      ? null
      : ({
          judged: soft[0],
          answers: of(compared[0]),
          carriers: compared[1] === null ? null : of(compared[1]),
          usual: null,
        } as unknown as Exam);
  return conditionOf({ judgement, exam, metricsFrozen } as BackendTick, cause, isTried);
}

const rate = (opinion: Opinion) => [signal("successRate", opinion)];

describe("the condition of a backend that is out or returning", () => {
  it.each<[string, string, Case]>([
    ["bad", "a signal is against it", { soft: rate("unfit") }],
    ["bad", "its endpoints are", { hard: [signal("readiness", "unfit")], metricsFrozen: true }],
    ["signalLoss", "metrics that removed it are not trusted", { soft: rate("fit"), metricsFrozen: true }],
    [
      "good",
      "hard evidence removed it, whatever metrics that are not trusted say",
      {
        ...{ soft: rate("unfit"), metricsFrozen: true, cause: "readiness" },
      },
    ],
    ["staleWatch", "its endpoints are not seen", { hard: [signal("readiness", "failed")], soft: rate("fit") }],
    ["good", "its endpoints are elsewhere", { hard: [signal("readiness", "quiet")], soft: rate("fit") }],
    ["gatewayDeadOnce", "its gateway was dead at one tick", { hard: [signal("gateway", "between")], cluster: "dying", soft: rate("fit") }],
    [
      "gatewayUnknown",
      "its gateway removed it and is unknown",
      { hard: [signal("gateway", "failed")], cluster: "unknown", cause: "gateway" },
    ],
    [
      "good",
      "its gateway is unknown and did not remove it",
      { hard: [signal("gateway", "failed")], cluster: "unknown", soft: rate("fit") },
    ],
    [
      "good",
      "its gateway is alive",
      { hard: [signal("readiness", "quiet"), signal("gateway", "fit")], cluster: "alive", cause: "gateway" },
    ],
    ["good", "its metric is fit", { soft: rate("fit") }],
    ["good", "its metric is quiet", { soft: rate("quiet") }],
    ["between", "its metric is between the thresholds", { soft: rate("between") }],
    ["noReading", "its metric is missing", { soft: rate("missing") }],
    ["noReading", "its metric failed", { soft: rate("failed") }],
    ["warmUp", "the first window of its metric is not complete", { soft: rate("warmUp") }],
    ["good", "only another metric than the one that removed it lacks a reading", { soft: [...rate("fit"), signal("latency", "missing")] }],
    [
      "noReading",
      "its metric lacks a reading behind a fit one",
      { soft: [...rate("fit"), signal("latency", "missing")], cause: "latency" },
    ],
  ])("is %s if %s", (expected, _, given) => expect(condition(given)).toBe(expected));

  it("is warming up, whatever removed it, if its first window is bad so far", () => {
    const bad = [signal("latency", "warmUp", [unfitShare, brake])];
    expect(condition({ soft: bad, cause: "readiness" })).toBe("warmUp");
    expect(condition({ soft: [signal("latency", "warmUp", [brake])], cause: "readiness" })).toBe("good");
    expect(condition({ soft: [signal("latency", "quiet", [unfitShare])], cause: "readiness" })).toBe("good");
  });
});

describe("between the thresholds it is compared with those that carry the load", () => {
  it.each<[string, Case["compared"], Cause]>([
    ["good", [950, 955], "successRate"],
    ["worse", [950, 995], "successRate"],
    ["worse", [950, 995], "readiness"],
    ["between", [950, null], "successRate"],
    ["good", [950, null], "readiness"],
  ])("%s with %o after %s", (expected, compared, cause) => {
    expect(condition({ soft: rate("between"), compared: compared as [number, number | null], cause })).toBe(expected);
  });

  it("unless metrics are not trusted", () => {
    expect(condition({ soft: rate("between"), compared: [950, 995], cause: "readiness", metricsFrozen: true })).toBe("good");
  });

  it("on the signal by which it is tried only", () => {
    const soft = [...rate("fit"), signal("latency", "between")];
    expect(condition({ soft, compared: [950, 995], cause: "latency" })).toBe("between");
  });
});

describe("a trial decides how well it answers", () => {
  it.each<Opinion>(["between", "missing", "failed"])("if it is %s", (opinion) => {
    expect(condition({ soft: rate(opinion), compared: [950, 995], isTried: true })).toBe("good");
  });

  it("but not before the first window is complete, nor for another signal", () => {
    expect(condition({ soft: rate("warmUp"), compared: [950, 995], isTried: true })).toBe("warmUp");
    const soft = [...rate("fit"), signal("latency", "missing")];
    expect(condition({ soft, compared: [950, 995], isTried: true, cause: "latency" })).toBe("noReading");
  });
});
