import { type Route, serviceKey } from "../routes/route.ts";

/** The namespace of a Service that a route names. */
export function namespaceOf(route: Route, service: string): string {
  const key = serviceKey(route.namespace, service);
  return key.slice(0, key.indexOf("/"));
}

/** The namespaces of some routes, each once. */
export function distinctNamespaces(routes: readonly Route[], of: (route: Route) => Iterable<string>): readonly string[] {
  const distinct = new Set<string>();
  for (const route of routes) for (const namespace of of(route)) distinct.add(namespace);
  return [...distinct];
}
