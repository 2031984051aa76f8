import type { SimulatedMesh } from "./simulatedMesh.ts";

/** What weights cost users. */
export interface Expected {
  /** Requests per second that fail. */
  readonly failures: number;
  /** The same by backend. Those that reach no backend are at none. */
  readonly byBackend: ReadonlyMap<string, number>;
}

/**
 * The requests per second of a split that fail under these shares, in expectation. Proxies spill what they cannot send to a backend
 * to one that can be reached. `othersOf` is what a backend gets from other splits.
 */
export function expectedFailures(
  mesh: SimulatedMesh,
  namespace: string,
  rate: number,
  shares: ReadonlyMap<string, number>,
  othersOf: (service: string) => number,
): Expected {
  const reached = reachedLoads(mesh, namespace, rate, shares);
  const byBackend = new Map<string, number>();
  if (reached.size === 0) return { failures: rate, byBackend };
  let failures = 0;
  for (const [service, own] of reached) {
    const key = `${namespace}/${service}`;
    const failed = own * (1 - mesh.goodAt(key, own + othersOf(service)));
    byBackend.set(service, failed);
    failures += failed;
  }
  return { failures, byBackend };
}

/** Requests per second that reach each backend; empty: they reach none. */
export function reachedLoads(
  mesh: Pick<SimulatedMesh, "isReachable">,
  namespace: string,
  rate: number,
  shares: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const reachable = [...shares].filter(([service, share]) => share > 0 && mesh.isReachable(`${namespace}/${service}`));
  const sum = reachable.reduce((total, [, share]) => total + share, 0);
  return new Map(reachable.map(([service, share]) => [service, (rate * share) / sum]));
}
