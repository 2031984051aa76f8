import { type Route, serviceKey } from "../routes/route.ts";
import { readAuthority } from "./authority.ts";

/** By apex, the leaves of the TrafficSplits over it, all as `NAMESPACE/SERVICE`. */
export type LeavesByApex = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The leaf that a series of an outbound endpoint is about, as `NAMESPACE/SERVICE`.
 *
 * Since Linkerd 2.13 `authority` names the leaf, and only it can be trusted: the `dst_service` of a flat mirror is the
 * remote cluster's name, which is usually that of the local primary. Up to 2.12 it names the apex, and `dst_service`
 * the leaf; such a proxy is known by an authority that is the apex of a split of ours and a `dst_service` that is
 * another of that split's backends.
 */
export function leafOf(labels: Readonly<Record<string, string>>, apexes: LeavesByApex): string | null {
  const { authority, dst_service: service, dst_namespace: namespace } = labels;
  const destination = service && namespace ? `${namespace}/${service}` : null;
  const named = authority ? readAuthority(authority) : null;
  if (named === null) return destination;
  return destination !== null && apexes.get(named)?.has(destination) === true ? destination : named;
}

/** What `leafOf` has to know of the routes. */
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
