import { type Route, serviceKey } from "../routes/route.ts";
import { readAuthority } from "./authority.ts";

/** What names leaves need, all as `NAMESPACE/SERVICE`. */
export interface LeafNames {
  /** The leaves of the TrafficSplits of each apex. */
  readonly byApex: ReadonlyMap<string, ReadonlySet<string>>;
  /** Leaves that `dst_service` does not tell apart. */
  readonly ambiguous: ReadonlySet<string>;
}

/**
 * The leaf of an outbound series, as `NAMESPACE/SERVICE`.
 *
 * Since Linkerd 2.13 `authority` names the leaf. `dst_service` is unreliable: for a flat mirror it is the Service's name in
 * the remote cluster, usually that of the local primary. Up to 2.12 `authority` names the apex and `dst_service` the leaf.
 * Such a proxy is recognized by an authority that is the apex of a managed split and a `dst_service` that is one of its
 * backends. Where a scrape configuration drops `authority`, `dst_service` names the leaf unless it is ambiguous.
 */
export function leafOf(labels: Readonly<Record<string, string>>, { byApex, ambiguous }: LeafNames): string | null {
  const { authority, dst_service: service, dst_namespace: namespace } = labels;
  const destination = service && namespace ? `${namespace}/${service}` : null;
  const named = authority ? readAuthority(authority) : null;
  if (named === null) return destination === null || ambiguous.has(destination) ? null : destination;
  return destination !== null && byApex.get(named)?.has(destination) === true ? destination : named;
}

/**
 * What names the leaves of some routes. `elsewhere`: the Services that stand for one of another cluster without a gateway. Their
 * `dst_service` may be any other backend of their routes.
 */
export function leafNames(routes: readonly Route[], elsewhere: ReadonlySet<string> = new Set()): LeafNames {
  const byApex = new Map<string, Set<string>>();
  const ambiguous = new Set<string>();
  for (const { kind, namespace, apex, splits } of routes) {
    if (kind !== "TrafficSplit" && elsewhere.size === 0) continue;
    const backends = splits.flatMap((split) => split.backends.map(({ backend }) => serviceKey(namespace, backend)));
    if (backends.some((backend) => elsewhere.has(backend))) for (const backend of backends) ambiguous.add(backend);
    if (kind !== "TrafficSplit") continue;
    const key = serviceKey(namespace, apex);
    byApex.set(key, new Set([...(byApex.get(key) ?? []), ...backends]));
  }
  return { byApex, ambiguous };
}
