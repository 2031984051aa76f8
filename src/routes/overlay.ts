import { FIELD_MANAGER } from "./lastManager.ts";
import { writeMemory } from "./memory.ts";
import { type DesiredRoute, type Route, type RouteRef, routeKey } from "./route.ts";

/**
 * Shows routes as if their desired weights had been written. A dry run and a replay write nothing, but the next decisions
 * depend on the decided weights. A change of the real weights ends it.
 */
export class Overlay {
  readonly #desired = new Map<string, { readonly desired: DesiredRoute; readonly over: string | null }>();
  #live = new Map<string, string>();

  /** The routes with their remembered desired weights. */
  lay(routes: readonly Route[]): readonly Route[] {
    this.#live = new Map(routes.map((route) => [route.key, weightsText(route)]));
    for (const key of this.#desired.keys()) if (!this.#live.has(key)) this.#desired.delete(key);
    return routes.map((route) => {
      const { key } = route;
      const known = this.#desired.get(key);
      if (known === undefined) return route;
      if (known.over === this.#live.get(key)) return applyDesired(route, known.desired);
      this.#desired.delete(key);
      return route;
    });
  }

  /** From now on, `lay` shows this route with these weights. */
  remember(route: RouteRef, desired: DesiredRoute): void {
    const key = routeKey(route);
    this.#desired.set(key, { desired, over: this.#live.get(key) ?? null });
  }
}

/** The route as it would be read after a write of its desired weights. */
function applyDesired(route: Route, desired: DesiredRoute): Route {
  const splits = route.splits.map((split) => {
    const desiredSplit = desired.splits.find((s) => s.name === split.name);
    if (desiredSplit === undefined) return split;
    const backends = split.backends.map((backend) => {
      const own = desiredSplit.backends.find((b) => b.backend === backend.backend);
      if (own === undefined) return backend;
      const entries = backend.entries.map((entry, i) => ({ ...entry, spelling: own.spellings[i] ?? entry.spelling, absent: false }));
      return { ...backend, weight: own.weight, entries };
    });
    return { ...split, backends };
  });
  return { ...route, splits, memory: desired.memory, memoryText: writeMemory(desired.memory), lastManager: FIELD_MANAGER };
}

function weightsText(route: Route): string {
  return JSON.stringify(route.splits.map((split) => [split.name, split.backends.map((b) => [b.backend, b.weight])]));
}
