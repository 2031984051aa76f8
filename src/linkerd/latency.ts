import type { Counts } from "../evaluator/model/observation.ts";
import { type CountsRead, isCount, notACount, type Sample } from "./counts.ts";
import { type LeafNames, leafOf } from "./leaf.ts";

/** The bucket bounds of the proxies' `response_latency_ms`. */
const BUCKETS_MS: readonly number[] = [1, 10, 100, 1_000, 10_000].flatMap((power) => [1, 2, 3, 4, 5].map((digit) => digit * power));

/** The bucket for a bound in ms: the same, or the next larger one, which counts too few responses as slow, never too many. */
export function bucketFor(underMs: number): number {
  return BUCKETS_MS.find((bucket) => bucket >= underMs) ?? Number.POSITIVE_INFINITY;
}

/**
 * Reads the answer to `latencyQuery` for one bound, by `NAMESPACE/SERVICE` of the leaf; slower responses are failures. A
 * leaf without the bound's series is left out: the scrape configuration may drop it, and all responses would count as slow. So is one
 * whose counter went back.
 */
export function readLatency(samples: readonly Sample[], leafNames: LeafNames, underMs: number): CountsRead {
  const bucketMs = bucketFor(underMs);
  const sums = new Map<string, { total: number | null; within: number | null }>();
  const unknown = new Set<string>();
  for (const { labels, value: now, before = 0 } of samples) {
    const boundMs = readBound(labels["le"]);
    const leaf = leafOf(labels, leafNames);
    if (leaf === null || (boundMs !== bucketMs && boundMs !== Number.POSITIVE_INFINITY)) continue;
    for (const count of [now, before]) if (!isCount(count)) return { ok: false, why: notACount(count, leaf) };
    if (now < before) unknown.add(leaf);
    const value = now - before;
    if (Number.isNaN(value)) continue;
    const sum = sums.get(leaf) ?? { total: null, within: null };
    if (boundMs === Number.POSITIVE_INFINITY) sum.total = (sum.total ?? 0) + value;
    if (boundMs === bucketMs) sum.within = (sum.within ?? 0) + value;
    sums.set(leaf, sum);
  }
  const counts = new Map<string, Counts>();
  for (const [leaf, { total, within }] of sums) {
    if (total !== null && within !== null && !unknown.has(leaf)) counts.set(leaf, { total, failures: Math.max(0, total - within) });
  }
  return { ok: true, counts };
}

/**
 * Leaves out those whose bucket has fewer series now than that of all responses: a scrape configuration drops it from some proxies,
 * or since a moment ago, and the responses in it would count as slow.
 */
export function withoutDropped(
  counts: ReadonlyMap<string, Counts>,
  series: readonly Sample[],
  leafNames: LeafNames,
  underMs: number,
): ReadonlyMap<string, Counts> {
  const bucketMs = bucketFor(underMs);
  const more = new Map<string, number>();
  for (const { labels, value } of series) {
    const boundMs = readBound(labels["le"]);
    const leaf = leafOf(labels, leafNames);
    if (leaf === null || bucketMs === Number.POSITIVE_INFINITY) continue;
    if (boundMs === Number.POSITIVE_INFINITY) more.set(leaf, (more.get(leaf) ?? 0) + value);
    if (boundMs === bucketMs) more.set(leaf, (more.get(leaf) ?? 0) - value);
  }
  return new Map([...counts].filter(([leaf]) => (more.get(leaf) ?? 0) === 0));
}

/** `500`, `500.0` and `5e+02` are the same bound: proxies and Prometheus write it differently. */
function readBound(le: string | undefined): number {
  if (le === "+Inf") return Number.POSITIVE_INFINITY;
  return le === undefined || le === "" ? Number.NaN : Number(le);
}
