import { type Route, routeKey, serviceKey } from "../../../routes/route.ts";
import { type Check, listed, warning } from "./checkReport.ts";

/**
 * Warns of Services whose clients follow only one of several managed routes; the routes' own status does not say so. A
 * TrafficSplit takes precedence over every other kind; of two TrafficSplits the last changed one wins. Routes of Gateway API
 * may share a Service.
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
        ? `${routeKey(first)} takes precedence over ${listed(others)}, whose weights have no effect`
        : `of ${listed(sharing.map(routeKey))} only the TrafficSplit that was changed last has effect`;
    return [warning(`one route steers the clients of the Service ${parent}`, { error, hint: "remove all but one" })];
  });
}
