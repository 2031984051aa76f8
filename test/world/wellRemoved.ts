import type { RuleSet } from "../../src/rules/ruleSet.ts";
import type { ApiObject } from "./apiResource.ts";
import { checkDepartures } from "./checkDepartures.ts";
import { paceOf, ruleOf } from "./drawRules.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";
import { phasesOf } from "./remembered.ts";
import type { Scene } from "./scene.ts";
import { servicesOf, splitsOf } from "./sceneRoute.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";

interface Context {
  readonly key: string;
  /** The last write by its owner or another writer. */
  readonly foreignMs: number;
  readonly clockWrongByMs: number;
  readonly mesh: SimulatedMesh;
  readonly readiness: ReadinessRecord;
  readonly now: () => number;
  readonly scene: Scene;
  readonly rules: RuleSet;
}

/** Requests per second of which a part is enough to judge a backend. */
const ENOUGH_REQUESTS = 20;

/**
 * P4: no backend is removed because of metrics that has long been well, whatever other callers, other clusters or one client see.
 * Where another cluster's series are mixed in, nobody can tell. Returns what is wrong with a write, or null.
 */
export function wellRemoved(before: ApiObject, after: ApiObject, context: Context): string | null {
  const { key, foreignMs, clockWrongByMs, mesh, readiness, now, scene, rules } = context;
  const forgottenMs = paceOf(rules, scene).fullEvidenceMs;
  const poisonedForMs = now() - (mesh.poisonedMs.get(key) ?? Number.NEGATIVE_INFINITY);
  // One client among several is told from the others only by enough requests, and if there is time to ask. A trial counts all clients.
  const isTold = mesh.rateOf(key) >= ENOUGH_REQUESTS && ruleOf(rules).failAfterMs >= 2 * scene.intervalMs && !anyReturns(before);
  if (scene.clusters === "mixed" || (poisonedForMs < forgottenMs && !isTold)) return null;
  const wellForMs = (service: string): number => {
    const backend = `${after.metadata.namespace}/${service}`;
    const { good, unreachable, capacity, sinceMs } = mesh.behaviourOf(backend);
    const { ready, forMs } = readiness.of(backend);
    return good < 1 || unreachable || !ready || capacity !== undefined ? 0 : Math.min(forMs, now() - Math.max(sinceMs, foreignMs));
  };
  // In a route with several splits, failures that reached no backend cannot be attributed to one.
  const splits = splitsOf(after);
  const all = splits.length > 1 ? servicesOf({ splits }) : null;
  return checkDepartures(before, after, {
    writerNowMs: now() + clockWrongByMs,
    wellForMs: (service) => (all === null ? wellForMs(service) : Math.min(...all.map(wellForMs))),
    forgottenMs,
  });
}

function anyReturns(object: ApiObject): boolean {
  return Object.values(phasesOf(object)).some(({ phase }) => phase === "returning");
}
