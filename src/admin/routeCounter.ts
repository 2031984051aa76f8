import { type RouteRef, routeKey } from "../routes/route.ts";

/** From this many series on, the series of deleted routes are dropped even without a scrape. */
const FIRST_PRUNE_AT_SERIES = 1_000;

const OTHER = "other";

export interface CountedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}

/** A counter by route. A series begins with its first event and ends with its route. */
export class RouteCounter {
  readonly #routes: () => ReadonlyMap<string, unknown>;
  /** By route and labels. */
  readonly #series = new Map<string, { readonly route: string; readonly labels: Readonly<Record<string, string>>; count: number }>();
  readonly #mostOfRoute: number;
  #pruneAt = FIRST_PRUNE_AT_SERIES;

  /** `routes` returns the existing routes by `routeKey`. After `mostOfRoute` series of a route, further ones are counted as `other`. */
  constructor(routes: () => ReadonlyMap<string, unknown>, mostOfRoute: number = Number.POSITIVE_INFINITY) {
    this.#routes = routes;
    this.#mostOfRoute = mostOfRoute;
  }

  /** Counts one event. */
  add(ref: RouteRef, more: Readonly<Record<string, string>>): void {
    const route = routeKey(ref);
    const key = JSON.stringify([route, ...Object.values(more)]);
    const known = this.#series.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    const own = [...this.#series.values()].filter((series) => series.route === route).length;
    const isOther = Object.values(more).every((value) => value === OTHER);
    if (own >= this.#mostOfRoute && !isOther) return this.add(ref, Object.fromEntries(Object.keys(more).map((name) => [name, OTHER])));
    const labels = { kind: ref.kind, namespace: ref.namespace, route: ref.name, ...more };
    this.#series.set(key, { route, labels, count: 1 });
    if (this.#series.size >= this.#pruneAt) this.#prune();
  }

  /** The series of the routes that still exist. */
  series(): readonly CountedSeries[] {
    this.#prune();
    return [...this.#series.values()];
  }

  #prune(): void {
    const routes = this.#routes();
    for (const [key, { route }] of this.#series) if (!routes.has(route)) this.#series.delete(key);
    this.#pruneAt = Math.max(FIRST_PRUNE_AT_SERIES, 2 * this.#series.size);
  }
}
