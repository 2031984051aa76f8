import { type Route, serviceKey } from "../routes/route.ts";

/** The namespace of a Service that a route names. Each tick asks it of all backends, so no key is made to be taken apart again. */
export function namespaceOf(route: Route, service: string): string {
  if (!service.includes(".")) return route.namespace;
  const key = serviceKey(route.namespace, service);
  return key.slice(0, key.indexOf("/"));
}

/** The namespaces of some routes, each once. */
export function distinctNamespaces(routes: readonly Route[], of: (route: Route) => Iterable<string>): readonly string[] {
  const distinct = new Set<string>();
  for (const route of routes) for (const namespace of of(route)) distinct.add(namespace);
  return [...distinct];
}

/** The namespaces of a route's backends, and of its apex, which old proxies name instead; not each once. */
export function* namespacesOfServices(route: Route): Generator<string> {
  yield namespaceOf(route, route.apex);
  for (const { backends } of route.splits) for (const { backend } of backends) yield namespaceOf(route, backend);
}

/** The same of some routes, each namespace once. */
export function backendNamespaces(routes: readonly Route[]): readonly string[] {
  return distinctNamespaces(routes, namespacesOfServices);
}
