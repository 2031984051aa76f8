import type { Route } from "../routes/route.ts";
import { type DatedRoute, limitRoutes } from "./routeLimit.ts";

/** The managed routes within the limit of their namespaces, kept up to date change by change. */
export class RouteList {
  readonly #all: () => Iterable<DatedRoute>;
  readonly #limit: number;
  #routes: Route[] = [];
  /** By `routeKey`: the position in `#routes`. */
  readonly #at = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #leftOut: ReadonlyMap<string, number> = new Map();
  #isCurrent = false;
  /** `#routes` was handed out, so it must not be changed. */
  #isGiven = false;

  /** `all`: all managed routes, in no order. */
  constructor(all: () => Iterable<DatedRoute>, limit: number) {
    this.#all = all;
    this.#limit = limit;
  }

  /** Takes a change of one route. Where the limit is not concerned, it costs little. */
  change(before: Route | null, now: Route | null): void {
    if (!this.#isCurrent) return;
    const at = before === null ? undefined : this.#at.get(before.key);
    if (before !== null && now !== null && at !== undefined) this.#writable()[at] = now;
    else if (before === null && now !== null && (this.#counts.get(now.namespace) ?? 0) < this.#limit) this.#add(now);
    else this.#isCurrent = false;
  }

  /** The same array until a route changes. */
  routes(): readonly Route[] {
    if (!this.#isCurrent) this.#readAll();
    this.#isGiven = true;
    return this.#routes;
  }

  get(key: string): Route | undefined {
    if (!this.#isCurrent) this.#readAll();
    const at = this.#at.get(key);
    return at === undefined ? undefined : this.#routes[at];
  }

  /** By namespace: the number of routes above the limit. */
  leftOut(): ReadonlyMap<string, number> {
    if (!this.#isCurrent) this.#readAll();
    return this.#leftOut;
  }

  #readAll(): void {
    const { routes, leftOut } = limitRoutes([...this.#all()], this.#limit);
    this.#routes = [];
    this.#at.clear();
    this.#counts.clear();
    this.#isGiven = false;
    for (const route of routes) this.#add(route);
    this.#leftOut = leftOut;
    this.#isCurrent = true;
  }

  #add(route: Route): void {
    this.#at.set(route.key, this.#writable().push(route) - 1);
    this.#counts.set(route.namespace, (this.#counts.get(route.namespace) ?? 0) + 1);
  }

  #writable(): Route[] {
    if (this.#isGiven) this.#routes = [...this.#routes];
    this.#isGiven = false;
    return this.#routes;
  }
}
