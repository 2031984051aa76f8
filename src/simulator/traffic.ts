import type { Counts, RequestCounts } from "../evaluator/model/observation.ts";
import { liveShares } from "../evaluator/model/weightHistory.ts";
import { type Route, serviceKey } from "../routes/route.ts";

/** The series of a backend without requests disappear after this time, because the proxies drop them. */
const SERIES_EXPIRE_MS = 600_000;

/** Share of the requests to an unreachable backend that wait in its queue and fail; the others go to a reachable backend. */
const LOST_BEFORE_SPILL = 0.1;

/** How a Service answers requests. */
export interface Behaviour {
  /** Share of good answers among its answers. */
  readonly good: number;
  /** Requests never reach it: its endpoints are dead, although they may still be ready. */
  readonly unreachable: boolean;
  /** Requests per second from other clients than the route's. */
  readonly ownRate: number;
  /** Share of its answers that are slow. */
  readonly slow: number;
  /** Share of requests that it never answers. */
  readonly hung: number;
}

/** A client pod of a route. */
export interface Client {
  readonly name: string;
  /** Requests per second. */
  readonly rate: number;
  /** Share of its requests that fail, whatever the backend does. */
  readonly fails: number;
}

/** The pod of the other clients of a Service. */
const OTHERS = "others";

export const WELL: Behaviour = { good: 1, unreachable: false, ownRate: 0, slow: 0, hung: 0 };

/** How long a request waits for an unreachable backend before it fails. */
const FAIL_FAST_MS = 3_000;

const NOTHING = { slow: 0, begun: 0 } as const;

interface Second {
  readonly atMs: number;
  readonly key: string;
  readonly client: string;
  readonly total: number;
  readonly failures: number;
  readonly slow: number;
  readonly begun: number;
}

/** The requests of the clients of some routes, second by second, as Linkerd's proxies would count them. */
export class Traffic {
  #leaves: Second[] = [];
  #apexes: Second[] = [];

  /** Adds one second of a client's requests to a route, ending at `atMs`. */
  flow(route: Route, { name: client, rate, fails }: Client, behaviourOf: (service: string) => Behaviour, atMs: number): void {
    const weights = route.splits.map((split) => Object.fromEntries(split.backends.map((b) => [b.backend, b.weight])));
    const shares = [...liveShares(weights)].filter(([, share]) => share > 0);
    const apex = serviceKey(route.namespace, route.apex);
    const named = shares.map(([backend, share]) => ({ key: serviceKey(route.namespace, backend), share }));
    // If all weights are 0, Linkerd ignores the split: requests go to the endpoints of the apex.
    const keyed = named.length > 0 ? named : [{ key: apex, share: 1 }];
    const reachable = keyed.filter(({ key }) => !behaviourOf(key).unreachable);
    const reachableShare = reachable.reduce((sum, { share }) => sum + share, 0);
    let answered = 0;
    let failed = 0;
    const lost = (1 - reachableShare) * (reachable.length > 0 ? LOST_BEFORE_SPILL : 1) * rate;
    for (const { key, share } of reachable) {
      const { good, ...others } = behaviourOf(key);
      const seen = { ...others, good: good * (1 - fails) };
      const leaf = { ...answers(key, (share / reachableShare) * (rate - lost), seen, atMs), client };
      this.#leaves.push(leaf);
      answered += leaf.total;
      failed += leaf.failures;
    }
    this.#apexes.push({ ...NOTHING, atMs, key: apex, client, total: answered, failures: failed });
    if (lost > 0) this.#apexes.push({ ...NOTHING, atMs: atMs + FAIL_FAST_MS, key: apex, client, total: lost, failures: lost });
  }

  /** Adds one second of requests to a Service from other clients. */
  direct(key: string, behaviour: Behaviour, atMs: number): void {
    if (behaviour.ownRate <= 0 || behaviour.unreachable) return;
    this.#leaves.push(answers(key, behaviour.ownRate, behaviour, atMs));
  }

  /** Responses of each Service in a window, with the slow ones as failures. */
  latency(nowMs: number, windowMs: number): Map<string, Counts> {
    return sumOf(this.#leaves, nowMs, windowMs, ({ slow }) => slow);
  }

  /** Requests to each Service in a window, with the unanswered ones as failures. */
  unanswered(nowMs: number, windowMs: number): Map<string, Counts> {
    const begun = this.#leaves.map((second) => ({ ...second, total: second.begun, failures: second.begun - second.total }));
    return sumOf(begun, nowMs, windowMs);
  }

  /** The answer of Prometheus for a window that ends at `nowMs`. */
  window(nowMs: number, windowMs: number): RequestCounts {
    const kept = (second: Second) => second.atMs > nowMs - SERIES_EXPIRE_MS;
    this.#leaves = this.#leaves.filter(kept);
    this.#apexes = this.#apexes.filter(kept);
    return requestsOf(this.#leaves, this.#apexes, nowMs, windowMs);
  }

  /** The same by client. */
  byClient(nowMs: number, windowMs: number): ReadonlyMap<string, RequestCounts> {
    const leaves = Map.groupBy(this.#leaves, ({ client }) => client);
    const apexes = Map.groupBy(this.#apexes, ({ client }) => client);
    const clients = new Set([...leaves.keys(), ...apexes.keys()]);
    return new Map([...clients].map((name) => [name, requestsOf(leaves.get(name) ?? [], apexes.get(name) ?? [], nowMs, windowMs)]));
  }
}

function requestsOf(leaves: readonly Second[], apexes: readonly Second[], nowMs: number, windowMs: number): RequestCounts {
  return { leaves: sumOf(leaves, nowMs, windowMs), apexes: sumOf(apexes, nowMs, windowMs), routes: new Map() };
}

/** One second of other clients' requests to a Service and its answers. */
function answers(key: string, begun: number, { good, slow, hung }: Behaviour, atMs: number): Second {
  const total = begun * (1 - hung);
  return { atMs, key, client: OTHERS, begun, total, failures: total * (1 - good), slow: total * slow };
}

function sumOf(
  seconds: readonly Second[],
  nowMs: number,
  windowMs: number,
  bad: (second: Second) => number = ({ failures }) => failures,
): Map<string, Counts> {
  const sums = new Map<string, { total: number; failures: number }>();
  for (const second of seconds) {
    if (second.atMs > nowMs) continue;
    let sum = sums.get(second.key);
    if (sum === undefined) sums.set(second.key, (sum = { total: 0, failures: 0 }));
    if (second.atMs <= nowMs - windowMs) continue;
    sum.total += second.total;
    sum.failures += bad(second);
  }
  return sums;
}
