import { type Route, serviceKey } from "../routes/route.ts";

/** The namespace of a Service that a route names. */
export function namespaceOf(route: Route, service: string): string {
  const key = serviceKey(route.namespace, service);
  return key.slice(0, key.indexOf("/"));
}

/** The namespaces of some routes, each once. */
export function distinctNamespaces(routes: readonly Route[], of: (route: Route) => readonly string[]): readonly string[] {
  return [...new Set(routes.flatMap(of))];
}
