import type { Gateway } from "../evaluator/model/observation.ts";
import type { Sample } from "./counts.ts";

/**
 * Reads the answer to `gatewayQuery`; by cluster name. A gateway that has just failed a probe is dead. Any other one is left out
 * if one of its two gauges is missing or is neither 0 nor 1.
 */
export function readGateways(samples: readonly Sample[]): ReadonlyMap<string, Gateway> {
  const read = new Map<string, { alive?: boolean; enabled?: boolean }>();
  const failed = new Set<string>();
  for (const { labels, value } of samples) {
    const { target_cluster_name: cluster, gauge } = labels;
    if (cluster && gauge === "failed") failed.add(cluster);
    if (!cluster || (gauge !== "alive" && gauge !== "enabled") || (value !== 0 && value !== 1)) continue;
    read.set(cluster, { ...read.get(cluster), [gauge]: value === 1 });
  }
  const gateways = new Map<string, Gateway>();
  for (const [cluster, { alive: seen, enabled }] of read) {
    const alive = failed.has(cluster) ? false : seen;
    if (alive !== undefined && enabled !== undefined) gateways.set(cluster, { alive, enabled });
  }
  return gateways;
}
