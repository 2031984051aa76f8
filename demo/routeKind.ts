import type { Weighted } from "./pickBackend.ts";
import type { ProxyCounters } from "./proxyCounters.ts";

/** A route and its two backends. The apex has the name of the route, which is also the name of the primary. */
export interface Pair {
  readonly route: string;
  readonly primary: string;
  readonly standby: string;
}

/** The parts of a route from which its weights are read. */
export interface RouteContent {
  readonly spec: unknown;
  readonly status?: unknown;
}

/** A kind of route: its objects, and the metrics of its clients' proxies. */
export interface RouteKind {
  /** The kind in objects and in the controller's API. */
  readonly kind: string;
  /** The API path of the routes in a namespace. */
  collection(namespace: string): string;
  /** The route as its owner writes it: all requests to the primary. */
  write(pair: Pair, namespace: string, labels: Readonly<Record<string, string>>): RouteContent;
  /** The weights that clients use; empty if they ignore the route. */
  weights(route: RouteContent): readonly Weighted[];
  /** The metric families about the route, not about endpoints. */
  families(counters: ProxyCounters): readonly string[];
}
