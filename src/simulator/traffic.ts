import type { Answer, Counts, RequestCounts } from "../evaluator/observation.ts";
import { liveShares } from "../evaluator/weightHistory.ts";
import { type Route, serviceKey } from "../routes/route.ts";

/** Series of backends that nobody asks any more vanish, as the proxies drop them. */
const SERIES_EXPIRE_MS = 600_000;

/** Of the requests for an unreachable backend beside a reachable one, so many wait in its queue and fail; the others spill. */
const LOST_BEFORE_SPILL = 0.1;

/** How a Service answers those who ask it. */
export interface Behaviour {
  /** Share of good answers among those given. */
  readonly good: number;
  /** Requests never reach it: its endpoints are dead, though maybe still ready. */
  readonly unreachable: boolean;
  /** Requests a second that it gets from others than the route's clients. */
  readonly ownRate: number;
}

export const WELL: Behaviour = { good: 1, unreachable: false, ownRate: 0 };

/** How long a request waits for an unreachable backend before it fails. */
const FAIL_FAST_MS = 3_000;

interface Second {
  readonly atMs: number;
  readonly key: string;
  readonly total: number;
  readonly failures: number;
}

/** Requests that clients of some routes made, second by second, as Linkerd's proxies would have counted them. */
export class Traffic {
  #leaves: Second[] = [];
  #apexes: Second[] = [];

  /** One second of requests to a route at `rate` a second, ending at `atMs`. */
  flow(route: Route, rate: number, behaviourOf: (service: string) => Behaviour, atMs: number): void {
    const weights = route.splits.map((split) => Object.fromEntries(split.backends.map((b) => [b.backend, b.weight])));
    const shares = [...liveShares(weights)].filter(([, share]) => share > 0);
    const apex = serviceKey(route.namespace, route.apex);
    const named = shares.map(([backend, share]) => ({ key: serviceKey(route.namespace, backend), share }));
    // Without any weight Linkerd knows of no split: requests go to the apex's own endpoints.
    const keyed = named.length > 0 ? named : [{ key: apex, share: 1 }];
    const reachable = keyed.filter(({ key }) => !behaviourOf(key).unreachable);
    const reachableShare = reachable.reduce((sum, { share }) => sum + share, 0);
    let answered = 0;
    let failed = 0;
    const lost = (1 - reachableShare) * (reachable.length > 0 ? LOST_BEFORE_SPILL : 1) * rate;
    for (const { key, share } of reachable) {
      const total = (share / reachableShare) * (rate - lost);
      const failures = total * (1 - behaviourOf(key).good);
      this.#leaves.push({ atMs, key, total, failures });
      answered += total;
      failed += failures;
    }
    this.#apexes.push({ atMs, key: apex, total: answered, failures: failed });
    if (lost > 0) this.#apexes.push({ atMs: atMs + FAIL_FAST_MS, key: apex, total: lost, failures: lost });
  }

  /** One second of requests that a Service gets from others. */
  direct(key: string, behaviour: Behaviour, atMs: number): void {
    if (behaviour.ownRate <= 0 || behaviour.unreachable) return;
    this.#leaves.push({ atMs, key, total: behaviour.ownRate, failures: behaviour.ownRate * (1 - behaviour.good) });
  }

  /** What Prometheus would answer for a window that ends at `nowMs`. */
  window(nowMs: number, windowMs: number): Answer<RequestCounts> {
    const kept = (second: Second) => second.atMs > nowMs - SERIES_EXPIRE_MS;
    this.#leaves = this.#leaves.filter(kept);
    this.#apexes = this.#apexes.filter(kept);
    const leaves = sumOf(this.#leaves, nowMs, windowMs);
    return { state: "answered", value: { leaves, apexes: sumOf(this.#apexes, nowMs, windowMs), routes: new Map() } };
  }
}

function sumOf(seconds: readonly Second[], nowMs: number, windowMs: number): Map<string, Counts> {
  const sums = new Map<string, Counts>();
  for (const { atMs, key, total, failures } of seconds) {
    if (atMs > nowMs) continue;
    const sum = sums.get(key) ?? { total: 0, failures: 0 };
    sums.set(key, atMs > nowMs - windowMs ? { total: sum.total + total, failures: sum.failures + failures } : sum);
  }
  return sums;
}
