import { type ClusterState, type Clusters, NO_CLUSTERS } from "../model/cluster.ts";
import type { Answer, Gateway, Observation } from "../model/observation.ts";

/**
 * The linked clusters after this tick. A gateway is dead when two answers in a row say so, because the service mirror exports a
 * dead one for a moment after it starts.
 */
export function updateClusters(before: Clusters, { clusters, metrics }: Observation, nowMs: number): Clusters {
  if (metrics === null || clusters.size === 0) return NO_CLUSTERS;
  const answer = metrics.gateways;
  const names = new Set(clusters.values());
  if (answer === before.answer && names.size === before.byName.size && [...names].every((name) => before.byName.has(name))) return before;
  const byName = new Map<string, ClusterState>();
  for (const name of names) {
    const known = before.byName.get(name);
    const isOldAnswer = answer === before.answer && known !== undefined;
    byName.set(name, isOldAnswer ? known : next(name, known, answer, nowMs));
  }
  return { byName, answer };
}

function next(name: string, before: ClusterState | undefined, answer: Answer<ReadonlyMap<string, Gateway>>, nowMs: number): ClusterState {
  const gateway = gatewayAfter(before?.gateway, answer, name);
  if (before?.gateway === gateway) return before;
  const known = gateway === "alive" || gateway === "dead" ? gateway : (before?.known ?? null);
  return { name, gateway, sinceMs: nowMs, known };
}

function gatewayAfter(
  before: ClusterState["gateway"] | undefined,
  answer: Answer<ReadonlyMap<string, Gateway>>,
  name: string,
): ClusterState["gateway"] {
  if (answer.state === "failed") return "unknown";
  const seen = answer.value.get(name);
  if (seen === undefined || !seen.enabled) return "unprobed";
  if (seen.alive) return "alive";
  return before === "dying" || before === "dead" ? "dead" : "dying";
}
