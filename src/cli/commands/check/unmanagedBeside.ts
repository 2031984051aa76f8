import { type Route, routeKey, serviceKey } from "../../../routes/route.ts";
import { type Check, listed, warning } from "./checkReport.ts";

/**
 * Warns of routes without the label that steer clients of the same Services as managed ones: a TrafficSplit takes precedence over
 * every other kind, and another route takes the requests that match it better. The status of no route says so.
 */
export function unmanagedBeside(managed: readonly Route[], unmanaged: readonly Route[]): readonly Check[] {
  const others = byParent(unmanaged);
  return [...byParent(managed)].flatMap(([parent, own]) => {
    const beside = others.get(parent) ?? [];
    const splits = beside.filter(({ kind }) => kind === "TrafficSplit");
    const text = splits.length > 0 ? overruled(splits, own) : besideText(beside, own);
    if (text === null) return [];
    const hint = "remove what is left over, or label it so that it is managed, too";
    return [warning(`the clients of the Service ${parent} follow managed routes`, { error: text, hint })];
  });
}

function byParent(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const found = new Map<string, Route[]>();
  for (const route of routes) {
    for (const parent of route.parents) {
      const key = serviceKey(route.namespace, parent);
      found.set(key, [...(found.get(key) ?? []), route]);
    }
  }
  return found;
}

function overruled(splits: readonly Route[], own: readonly Route[]): string {
  const names = listed(splits.map(routeKey));
  if (own.some(({ kind }) => kind === "TrafficSplit")) return `${names} without the label has effect if it was changed last`;
  return `${names} without the label takes precedence over ${listed(own.map(routeKey))}, whose weights have no effect`;
}

function besideText(beside: readonly Route[], own: readonly Route[]): string | null {
  if (beside.length === 0 || own.some(({ kind }) => kind === "TrafficSplit")) return null;
  return `${listed(beside.map(routeKey))} without the label takes the requests that match it better; no failure moves these`;
}
