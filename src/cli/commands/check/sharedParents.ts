import { type Route, routeKey, serviceKey } from "../../../routes/route.ts";
import { type Check, listed, warning } from "./checkReport.ts";

/**
 * Services whose clients follow one of several managed routes only, while no status says so: a TrafficSplit goes before
 * every other kind, and of two TrafficSplits the one that changed last holds. Routes of Gateway API may share a Service.
 */
export function sharedParents(routes: readonly Route[]): readonly Check[] {
  const byParent = new Map<string, Route[]>();
  for (const route of routes) {
    for (const parent of route.parents) {
      const key = serviceKey(route.namespace, parent);
      byParent.set(key, [...(byParent.get(key) ?? []), route]);
    }
  }
  return [...byParent].flatMap(([parent, sharing]) => {
    const [first, second] = sharing.filter(({ kind }) => kind === "TrafficSplit");
    if (first === undefined || sharing.length < 2) return [];
    const others = sharing.filter((route) => route !== first).map(routeKey);
    const error =
      second === undefined
        ? `${routeKey(first)} goes before ${listed(others)}, whose weights do nothing`
        : `of ${listed(sharing.map(routeKey))} only the TrafficSplit that was changed last holds`;
    return [warning(`one route steers the clients of the Service ${parent}`, { error, hint: "remove all of them but one" })];
  });
}
