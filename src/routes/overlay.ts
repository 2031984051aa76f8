import { writeMemory } from "./memory.ts";
import { type Route, type RouteRef, routeKey, type Wish } from "./route.ts";

/**
 * Routes as they would be if our wishes had been written: for a dry run and for a replay, where nothing is written
 * but the way back can only be told by following what was decided. An owner's change to the real weights lifts it.
 */
export class Overlay {
  readonly #wishes = new Map<string, { readonly wish: Wish; readonly over: string | null }>();
  #live = new Map<string, string>();

  /** The routes with their remembered wishes in place. */
  lay(routes: readonly Route[]): readonly Route[] {
    this.#live = new Map(routes.map((route) => [route.key, weightsText(route)]));
    for (const key of this.#wishes.keys()) if (!this.#live.has(key)) this.#wishes.delete(key);
    return routes.map((route) => {
      const { key } = route;
      const known = this.#wishes.get(key);
      if (known === undefined) return route;
      if (known.over === this.#live.get(key)) return applyWish(route, known.wish);
      this.#wishes.delete(key);
      return route;
    });
  }

  /** From now on this route is seen as wished. */
  remember(route: RouteRef, wish: Wish): void {
    const key = routeKey(route);
    this.#wishes.set(key, { wish, over: this.#live.get(key) ?? null });
  }
}

/** The route as it is read after its wish was written. */
function applyWish(route: Route, wish: Wish): Route {
  const splits = route.splits.map((split) => {
    const wished = wish.splits.find((s) => s.name === split.name);
    if (wished === undefined) return split;
    const backends = split.backends.map((backend) => {
      const own = wished.backends.find((b) => b.backend === backend.backend);
      if (own === undefined) return backend;
      const entries = backend.entries.map((entry, i) => ({ ...entry, spelling: own.spellings[i] ?? entry.spelling, absent: false }));
      return { ...backend, weight: own.weight, entries };
    });
    return { ...split, backends };
  });
  return { ...route, splits, memory: wish.memory, memoryText: writeMemory(wish.memory) };
}

function weightsText(route: Route): string {
  return JSON.stringify(route.splits.map((split) => [split.name, split.backends.map((b) => [b.backend, b.weight])]));
}
