import { describe, expect, it } from "vitest";
import type { Evidence } from "../../../src/evaluator/health/evidence.ts";
import { judgeGateway } from "../../../src/evaluator/health/judgeGateway.ts";
import { judgeQuery } from "../../../src/evaluator/health/judgeQuery.ts";
import type { ClusterState } from "../../../src/evaluator/model/cluster.ts";
import type { Answer } from "../../../src/evaluator/model/observation.ts";

const QUERY = { name: "queue", query: "max(queue)", failAbove: 10, recoverBelow: 5 };

function judged(answer: Answer<number | null>, wasSentRequests = true) {
  const windows = { wasSentRequests: () => wasSentRequests, warmingUp: () => false };
  return judgeQuery(QUERY, answer, { backend: "web", windows } as unknown as Evidence);
}

describe("the number of an own query", () => {
  it.each([
    [11, "unfit"],
    [10, "between"],
    [6, "between"],
    [5, "fit"],
    [-1, "fit"],
  ] as const)("%d is %s; a smaller one is better", (value, opinion) => {
    expect(judged({ state: "answered", value })).toEqual({
      ...{ signal: "query queue", cause: "query", opinion, reading: { state: "value", value } },
      interval: { lower: -value, upper: -value },
      reasons: [{ kind: "query", name: "queue", opinion, value, failAbove: 10, recoverBelow: 5 }],
    });
  });

  it("that has no sample is missing, or quiet if the backend was sent no requests", () => {
    const none = { state: "answered", value: null } as const;
    expect(judged(none)).toMatchObject({ opinion: "missing", reading: { state: "missing" }, interval: null });
    expect(judged(none).reasons).toEqual([{ kind: "noMetrics", signal: "query queue", why: "missing" }]);
    expect(judged(none, false)).toMatchObject({ opinion: "quiet", reading: { state: "quiet", good: 0, total: 0 } });
    expect(judged(none, false).reasons).toEqual([{ kind: "noMetrics", signal: "query queue", why: "quiet" }]);
  });

  it.each([true, false])("that failed says why, whether or not requests were sent: %s", (wasSent) => {
    const failed = judged({ state: "failed", error: "away" }, wasSent);
    expect(failed).toMatchObject({ opinion: "failed", reading: { state: "failed" } });
    expect(failed.reasons).toEqual([{ kind: "noMetrics", signal: "query queue", why: "failed", error: "away" }]);
  });
});

describe("a gateway", () => {
  it.each<[ClusterState["gateway"], string]>([
    ["alive", "fit"],
    ["dying", "between"],
    ["dead", "unfit"],
    ["unprobed", "missing"],
    ["unknown", "failed"],
  ])("that is %s is %s", (gateway, opinion) => {
    const cluster: ClusterState = { name: "two", gateway, sinceMs: 0, known: null };
    expect(judgeGateway(cluster)).toMatchObject({ signal: "gateway", opinion });
    expect(judgeGateway(cluster).reasons).toEqual([{ kind: "gateway", cluster: "two", gateway }]);
    expect(judgeGateway(cluster)).toBe(judgeGateway(cluster));
  });
});
