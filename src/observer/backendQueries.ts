import { queryKey } from "../evaluator/model/observation.ts";
import { renderQuery } from "../linkerd/renderQuery.ts";
import { type Route, routeKey, serviceKey } from "../routes/route.ts";
import type { QueryTemplate, Questions } from "../rules/questions.ts";

/** An operator's query about one backend of one route, ready to be sent. */
export interface BackendQuery {
  /** As `queryKey` returns it. */
  readonly key: string;
  readonly text: string;
  /** Namespace of the route. */
  readonly namespace: string;
}

/** The operators' queries for every backend of these routes. `clusters`: the cluster of each Service that mirrors a remote one. */
export function backendQueries(
  routes: readonly Route[],
  clusters: ReadonlyMap<string, string>,
  queriesOf: Questions["queries"],
): readonly BackendQuery[] {
  return routes.flatMap((route) => {
    const templates = queriesOf(route);
    if (templates.length === 0) return [];
    const backends = new Set(route.splits.flatMap((split) => split.backends.map(({ backend }) => backend)));
    return [...backends].flatMap((backend) => templates.map((template) => backendQuery(route, backend, template, clusters)));
  });
}

function backendQuery(route: Route, backend: string, { name, query }: QueryTemplate, clusters: ReadonlyMap<string, string>): BackendQuery {
  const key = serviceKey(route.namespace, backend);
  const [namespace = "", service = ""] = key.split("/");
  const values = { namespace, service, cluster: clusters.get(key) ?? "", route: route.name };
  return { key: queryKey(routeKey(route), backend, name), text: renderQuery(query, values), namespace: route.namespace };
}
