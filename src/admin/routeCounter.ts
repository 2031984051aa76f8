import { type RouteRef, routeKey } from "../routes/route.ts";
import { labelText } from "./labelText.ts";
import { routeLabels } from "./routeFamilies.ts";

/** From this many routes on, deleted routes are dropped even without a scrape. */
const FIRST_PRUNE_AT_ROUTES = 1_000;

const OTHER = "other";

/** A counter by route. A series begins with its first event and ends with its route. */
export class RouteCounter {
  readonly #routes: () => ReadonlyMap<string, unknown>;
  /** By route: its labels, and its counts by the labels of the series. */
  readonly #counts = new Map<string, { readonly labels: string; readonly bySeries: Map<string, number> }>();
  readonly #mostOfRoute: number;
  #pruneAt = FIRST_PRUNE_AT_ROUTES;

  /** `routes` returns the existing routes by `routeKey`. After `mostOfRoute` series of a route, further ones are counted as `other`. */
  constructor(routes: () => ReadonlyMap<string, unknown>, mostOfRoute: number = Number.POSITIVE_INFINITY) {
    this.#routes = routes;
    this.#mostOfRoute = mostOfRoute;
  }

  /** Counts one event. */
  add(ref: RouteRef, more: Readonly<Record<string, string>>): void {
    const { bySeries } = this.#of(ref);
    const labels = textOf(more);
    const isNewAndTooMany = !bySeries.has(labels) && bySeries.size >= this.#mostOfRoute;
    const counted = isNewAndTooMany ? textOf(Object.fromEntries(Object.keys(more).map((name) => [name, OTHER]))) : labels;
    bySeries.set(counted, (bySeries.get(counted) ?? 0) + 1);
  }

  /** The lines of the exposition, of the routes that still exist: one text a route. */
  *lines(name: string): Generator<string> {
    this.#prune();
    for (const { labels, bySeries } of this.#counts.values()) {
      let lines = "";
      for (const [more, count] of bySeries) lines += `${name}{${labels}${more}} ${count}\n`;
      yield lines;
    }
  }

  #of(ref: RouteRef): { readonly bySeries: Map<string, number> } {
    const key = routeKey(ref);
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const added = { labels: routeLabels(ref), bySeries: new Map<string, number>() };
    this.#counts.set(key, added);
    if (this.#counts.size >= this.#pruneAt) this.#prune();
    return added;
  }

  #prune(): void {
    const routes = this.#routes();
    for (const key of this.#counts.keys()) if (!routes.has(key)) this.#counts.delete(key);
    this.#pruneAt = Math.max(FIRST_PRUNE_AT_ROUTES, 2 * this.#counts.size);
  }
}

function textOf(labels: Readonly<Record<string, string>>): string {
  let text = "";
  for (const name in labels) text += labelText(name, labels[name] ?? "");
  return text;
}
