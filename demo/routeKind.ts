import type { Weighted } from "./pickBackend.ts";
import type { ProxyCounters } from "./proxyCounters.ts";

/** A route and the two Services that it splits; the Service whose clients follow it is called as the route and as the primary. */
export interface Pair {
  readonly route: string;
  readonly primary: string;
  readonly standby: string;
}

/** What of a route its weights are read from. */
export interface RouteContent {
  readonly spec: unknown;
  readonly status?: unknown;
}

/** How a kind of route is spelled, and what the proxies of its clients count. */
export interface RouteKind {
  /** As objects and the controller's API call it. */
  readonly kind: string;
  /** Where the routes of a namespace are found. */
  collection(namespace: string): string;
  /** The route as its owner writes it: all requests to the primary. */
  write(pair: Pair, namespace: string, labels: Readonly<Record<string, string>>): RouteContent;
  /** The weights by which clients send; empty where they follow none. */
  weights(route: RouteContent): readonly Weighted[];
  /** The families of metrics that speak of the route, not of endpoints. */
  families(counters: ProxyCounters): readonly string[];
}
