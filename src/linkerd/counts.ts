import type { Counts } from "../evaluator/observation.ts";
import { type Route, serviceKey } from "../routes/route.ts";
import { readAuthority } from "./authority.ts";

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counts by `NAMESPACE/SERVICE`, or why the answer cannot be believed. */
export type CountsRead = { readonly ok: true; readonly counts: ReadonlyMap<string, Counts> } | { readonly ok: false; readonly why: string };

/** By apex, the leaves of the TrafficSplits over it, all as `NAMESPACE/SERVICE`. */
export type LeavesByApex = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the answer to `leafQuery`. */
export function readLeaves(samples: readonly Sample[], leavesByApex: LeavesByApex): CountsRead {
  return addUp(samples, (labels) => leafOf(labels, leavesByApex));
}

/** Reads the answer to `apexQuery`. */
export function readApexes(samples: readonly Sample[]): CountsRead {
  return addUp(samples, (labels) => readAuthority(labels["dst"] ?? ""));
}

/** What `readLeaves` has to know of the routes. */
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

/**
 * Since Linkerd 2.13 `authority` names the leaf, and only it can be trusted: the `dst_service` of a flat mirror is the
 * remote cluster's name, which is usually that of the local primary. Up to 2.12 it names the apex, and `dst_service`
 * the leaf; such a proxy is known by an authority that is the apex of a split of ours and a `dst_service` that is
 * another of that split's backends.
 */
function leafOf(labels: Readonly<Record<string, string>>, apexes: LeavesByApex): string | null {
  const { authority, dst_service: service, dst_namespace: namespace } = labels;
  const destination = service && namespace ? `${namespace}/${service}` : null;
  const named = authority ? readAuthority(authority) : null;
  if (named === null) return destination;
  return destination !== null && apexes.get(named)?.has(destination) === true ? destination : named;
}

/** Failures over total, never successes over total: total failure from birth has no success series at all. */
function addUp(samples: readonly Sample[], serviceOf: (labels: Sample["labels"]) => string | null): CountsRead {
  const counts = new Map<string, { total: number; failures: number }>();
  for (const { labels, value } of samples) {
    const service = serviceOf(labels);
    if (service === null) continue;
    if (value < 0 || Math.abs(value) === Number.POSITIVE_INFINITY)
      return { ok: false, why: `${value} is not a number of requests (${service})` };
    // NaN counts nothing, but the series is there: that is `quiet`, not `missing`.
    const requests = Number.isNaN(value) ? 0 : value;
    const sum = counts.get(service) ?? { total: 0, failures: 0 };
    sum.total += requests;
    if (labels["classification"] === "failure") sum.failures += requests;
    counts.set(service, sum);
  }
  return { ok: true, counts };
}
