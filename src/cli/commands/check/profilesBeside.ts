import { type Route, routeKey, serviceKey } from "../../../routes/route.ts";
import { type Check, listed, warning } from "./checkReport.ts";

/**
 * Warns of managed routes on Services that have a ServiceProfile: clients' proxies follow that instead. Where there is a
 * TrafficSplit, linkerd-smi made the ServiceProfile of it. `profiled`: these Services, as `NAMESPACE/SERVICE`.
 */
export function profilesBeside(managed: readonly Route[], unmanaged: readonly Route[], profiled: ReadonlySet<string>): readonly Check[] {
  const parentsOf = ({ namespace, parents }: Route) => parents.map((parent) => serviceKey(namespace, parent));
  const isSplit = ({ kind }: Route) => kind === "TrafficSplit";
  const ofSplits = new Set([...managed, ...unmanaged].filter(isSplit).flatMap(parentsOf));
  return [...profiled].flatMap((service) => {
    const own = managed.filter((route) => parentsOf(route).includes(service));
    if (own.length === 0 || ofSplits.has(service)) return [];
    const error = `its ServiceProfile takes precedence over ${listed(own.map(routeKey))}, whose weights have no effect`;
    return [warning(`the clients of the Service ${service} follow managed routes`, { error, hint: "remove the ServiceProfile" })];
  });
}
