import type { Counts } from "../evaluator/model/observation.ts";
import { type RouteKind, routeKey } from "../routes/route.ts";
import { addUp, type CountsRead, type Read, type Sample } from "./counts.ts";
import { ITEMS_OF_SLICE, type Slices, whole } from "./slices.ts";

/** The kind of route by `route_group/route_kind`. */
const KINDS: Readonly<Record<string, RouteKind>> = {
  "gateway.networking.k8s.io/HTTPRoute": "HTTPRoute",
  "policy.linkerd.io/HTTPRoute": "HTTPRoute.policy.linkerd.io",
  "gateway.networking.k8s.io/GRPCRoute": "GRPCRoute",
};

/** The gRPC status codes that the proxy classifies as failures. */
const FAILED_GRPC_STATUSES: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "PERMISSION_DENIED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);

/** Reads the answer to `routeQuery`; by `routeKey`. */
export function readRoutes(samples: readonly Sample[]): CountsRead {
  return whole(readRoutesInSlices(samples));
}

export function readRoutesInSlices(samples: readonly Sample[]): Slices<CountsRead> {
  return addUp(samples, routeOf, isFailure);
}

/** Separates the parts of a name; neither a `routeKey` nor a Service has it. */
const SEPARATOR = "|";

/** What the answer to `backendQuery` says of some routes, all by `routeKey`. */
export interface BackendsRead {
  /** By `NAMESPACE/SERVICE`: the route's own requests to each backend. */
  readonly backends: ReadonlyMap<string, ReadonlyMap<string, Counts>>;
  /** All of the route's requests that reached a backend, or a Service that does not exist. */
  readonly routes: ReadonlyMap<string, Counts>;
}

/**
 * Reads the answer to `backendQuery`. A route of which one counter went back is left out: without some of its series the others
 * would be half the truth. So is one without the name of any backend.
 */
export function readBackends(samples: readonly Sample[]): Read<BackendsRead> {
  return whole(readBackendsInSlices(samples));
}

export function* readBackendsInSlices(samples: readonly Sample[]): Slices<Read<BackendsRead>> {
  const nameOf = (labels: Sample["labels"]): string | null => {
    const { backend_namespace: namespace, backend_name: name } = labels;
    const route = routeOf(labels);
    return route === null ? null : `${route}${SEPARATOR}${namespace && name ? `${namespace}/${name}` : ""}`;
  };
  const read = yield* addUp(samples, nameOf, isFailure);
  if (!read.ok) return read;
  const found = yield* nested(read.counts, (counts) => counts);
  for (const name of read.unknown ?? []) found.delete(name.slice(0, name.indexOf(SEPARATOR)));
  const routes = new Map<string, Counts>();
  for (const [route, own] of found) {
    if (own.size === 1 && own.has("")) {
      found.delete(route);
      continue;
    }
    routes.set(route, sumOf(own.values()));
    own.delete("");
    if (routes.size % ITEMS_OF_SLICE === 0) yield;
  }
  return { ok: true, value: { backends: found, routes } };
}

function sumOf(counts: Iterable<Counts>): Counts {
  let total = 0;
  let failures = 0;
  for (const one of counts) {
    total += one.total;
    failures += one.failures;
  }
  return { total, failures };
}

/** Reads the answer to `sentQuery`; by apex, then by leaf, both as `NAMESPACE/SERVICE`. */
export function* readSent(samples: readonly Sample[]): Slices<Read<ReadonlyMap<string, ReadonlyMap<string, number>>>> {
  const nameOf = ({ parent_namespace, parent_name, backend_namespace, backend_name }: Sample["labels"]): string | null =>
    parent_namespace && parent_name && backend_namespace && backend_name
      ? `${parent_namespace}/${parent_name}${SEPARATOR}${backend_namespace}/${backend_name}`
      : null;
  const read = yield* addUp(samples, nameOf, () => false);
  return read.ok ? { ok: true, value: yield* nested(read.counts, ({ total }) => total) } : read;
}

/** Names of two parts as two levels. */
function* nested<T>(counts: ReadonlyMap<string, Counts>, valueOf: (counts: Counts) => T): Slices<Map<string, Map<string, T>>> {
  const found = new Map<string, Map<string, T>>();
  let read = 0;
  for (const [key, value] of counts) {
    read += 1;
    if (read % ITEMS_OF_SLICE === 0) yield;
    const at = key.indexOf(SEPARATOR);
    const outer = key.slice(0, at);
    let inner = found.get(outer);
    if (inner === undefined) found.set(outer, (inner = new Map<string, T>()));
    inner.set(key.slice(at + 1), valueOf(value));
  }
  return found;
}

/** The route of a series; null for the default routes that the proxies synthesize. */
function routeOf(labels: Sample["labels"]): string | null {
  const { route_group: group, route_kind: kind, route_namespace: namespace, route_name: name } = labels;
  const known = Object.hasOwn(KINDS, `${group}/${kind}`) ? KINDS[`${group}/${kind}`] : undefined;
  return known === undefined || !namespace || !name ? null : routeKey({ kind: known, namespace, name });
}

/**
 * A failure is a 5xx, a failing gRPC status or an error of the proxy itself. The error UNKNOWN has two meanings: an error
 * without a name, or a client that closed a response before its end. The latter is no failure, and the leaf counts it as a
 * success. So UNKNOWN counts only if no response had started. Proxies always write a status or an error; null: a scrape
 * configuration dropped them, so nothing is known.
 */
function isFailure({ http_status: http = "", grpc_status: grpc = "", error = "" }: Sample["labels"]): boolean | null {
  if (http === "" && grpc === "" && error === "") return null;
  if (http.startsWith("5")) return true;
  if (error === "UNKNOWN") return http === "" && grpc === "";
  return error !== "" || FAILED_GRPC_STATUSES.has(grpc);
}
