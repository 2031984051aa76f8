import type { ClusterState } from "../model/cluster.ts";
import type { SignalJudgement } from "../model/judgement.ts";

const judgements = new WeakMap<ClusterState, SignalJudgement>();

/** Judges a mirror by its gateway. The result is the same object for all mirrors of a cluster. */
export function judgeGateway(cluster: ClusterState): SignalJudgement {
  const known = judgements.get(cluster);
  if (known !== undefined) return known;
  const judgement = judge(cluster);
  judgements.set(cluster, judgement);
  return judgement;
}

function judge(cluster: ClusterState): SignalJudgement {
  const own = { signal: "gateway", cause: "gateway", interval: null } as const;
  const { name } = cluster;
  switch (cluster.gateway) {
    case "alive":
      return {
        ...own,
        opinion: "fit",
        reading: { state: "value", good: 1, total: 1 },
        reasons: [{ kind: "gateway", cluster: name, gateway: "alive" }],
      };
    case "dying":
      return {
        ...own,
        opinion: "between",
        reading: { state: "value", good: 0, total: 1 },
        reasons: [{ kind: "gateway", cluster: name, gateway: "dying" }],
      };
    case "dead":
      return {
        ...own,
        opinion: "unfit",
        reading: { state: "value", good: 0, total: 1 },
        reasons: [{ kind: "gateway", cluster: name, gateway: "dead" }],
      };
    case "unprobed":
      return {
        ...own,
        opinion: "missing",
        reading: { state: "missing" },
        reasons: [{ kind: "gateway", cluster: name, gateway: "unprobed" }],
      };
    case "unknown":
      return { ...own, opinion: "failed", reading: { state: "failed" }, reasons: [{ kind: "gateway", cluster: name, gateway: "unknown" }] };
  }
}
