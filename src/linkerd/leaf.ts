import { type Route, serviceKey } from "../routes/route.ts";
import { readAuthority } from "./authority.ts";

/** The leaves of the TrafficSplits of each apex, all as `NAMESPACE/SERVICE`. */
export type LeavesByApex = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The leaf of an outbound series, as `NAMESPACE/SERVICE`.
 *
 * Since Linkerd 2.13 `authority` names the leaf. `dst_service` is unreliable: for a flat mirror it is the Service's name in
 * the remote cluster, usually that of the local primary. Up to 2.12 `authority` names the apex and `dst_service` the leaf.
 * Such a proxy is recognized by an authority that is the apex of a managed split and a `dst_service` that is one of its
 * backends.
 */
export function leafOf(labels: Readonly<Record<string, string>>, apexes: LeavesByApex): string | null {
  const { authority, dst_service: service, dst_namespace: namespace } = labels;
  const destination = service && namespace ? `${namespace}/${service}` : null;
  const named = authority ? readAuthority(authority) : null;
  if (named === null) return destination;
  return destination !== null && apexes.get(named)?.has(destination) === true ? destination : named;
}

/** The leaves of all TrafficSplits, for `leafOf`. */
export function leavesByApex(routes: readonly Route[]): LeavesByApex {
  const found = new Map<string, Set<string>>();
  for (const route of routes) {
    if (route.kind !== "TrafficSplit") continue;
    const apex = serviceKey(route.namespace, route.apex);
    const leaves = found.get(apex) ?? new Set<string>();
    for (const split of route.splits) for (const { backend } of split.backends) leaves.add(serviceKey(route.namespace, backend));
    found.set(apex, leaves);
  }
  return found;
}
