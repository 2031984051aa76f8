import { type LeafNames, leafNames } from "../linkerd/leaf.ts";
import { ITEMS_OF_SLICE, type Slices } from "../linkerd/slices.ts";
import type { Route } from "../routes/route.ts";
import { namespacesOfServices } from "./namespaces.ts";

/** Routes that one family of metrics is asked about. */
export interface AskedGroup {
  readonly routes: readonly Route[];
  /** The namespaces of their backends, and of the apexes that old proxies name instead. */
  readonly namespaces: readonly string[];
}

/** The routes of a tick as its queries need them: all of them, and by what their clients count. */
export interface AskedRoutes {
  readonly all: AskedGroup;
  readonly splits: AskedGroup;
  readonly https: AskedGroup;
  readonly grpcs: AskedGroup;
  readonly leafNames: LeafNames;
}

/**
 * Puts together what the queries need, once for all families and windows. To go through 10 000 routes and their backends takes some
 * ten milliseconds, so it pauses now and then.
 */
export function* askedRoutes(routes: readonly Route[], elsewhere: ReadonlySet<string>): Slices<AskedRoutes> {
  const [all, splits, https, grpcs] = [newGroup(), newGroup(), newGroup(), newGroup()];
  let count = 0;
  for (const route of routes) {
    const own = route.kind === "TrafficSplit" ? splits : route.kind === "GRPCRoute" ? grpcs : https;
    own.routes.push(route);
    for (const namespace of namespacesOfServices(route)) {
      all.namespaces.add(namespace);
      own.namespaces.add(namespace);
    }
    count += 1;
    if (count % ITEMS_OF_SLICE === 0) yield;
  }
  return {
    all: { routes, namespaces: [...all.namespaces] },
    ...{ splits: groupOf(splits), https: groupOf(https), grpcs: groupOf(grpcs) },
    leafNames: leafNames(routes, elsewhere),
  };
}

interface NewGroup {
  readonly routes: Route[];
  readonly namespaces: Set<string>;
}

function newGroup(): NewGroup {
  return { routes: [], namespaces: new Set() };
}

function groupOf({ routes, namespaces }: NewGroup): AskedGroup {
  return { routes, namespaces: [...namespaces] };
}
