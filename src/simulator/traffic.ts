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
  readonly total: number;
  readonly failures: number;
  readonly slow: number;
  readonly begun: number;
}

/** Whose requests a series counts. */
interface Labels {
  readonly key: string;
  readonly client: string;
  /** The HTTPRoute or GRPCRoute that counts them as its own; null: its kind does not, or they are another caller's. */
  readonly route: string | null;
}

interface Series extends Labels {
  seconds: Second[];
}

/** Requests by series, as long as Prometheus has them. */
class Seconds {
  readonly #series = new Map<string, Series>();

  add(labels: Labels, second: Second): void {
    const id = `${labels.key} ${labels.client} ${labels.route}`;
    const series = this.#series.get(id) ?? { ...labels, seconds: [] };
    if (series.seconds.length === 0) this.#series.set(id, series);
    series.seconds.push(second);
  }

  all(): readonly Series[] {
    return [...this.#series.values()];
  }

  /** Drops what is older than a series without requests lasts. */
  expire(nowMs: number): void {
    for (const [id, series] of this.#series) {
      if ((series.seconds[0]?.atMs ?? 0) > nowMs - SERIES_EXPIRE_MS) continue;
      series.seconds = series.seconds.filter(({ atMs }) => atMs > nowMs - SERIES_EXPIRE_MS);
      if (series.seconds.length === 0) this.#series.delete(id);
    }
  }
}

/** The requests of the clients of some routes, second by second, as Linkerd's proxies would count them. */
export class Traffic {
  readonly #leaves = new Seconds();
  /** What the clients of each route counted: by apex for a TrafficSplit, by `routeKey` for the other kinds. */
  readonly #apexes = new Seconds();

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
    const own = route.kind === "TrafficSplit" ? null : route.key;
    let answered = 0;
    let failed = 0;
    const lost = (1 - reachableShare) * (reachable.length > 0 ? LOST_BEFORE_SPILL : 1) * rate;
    for (const { key, share } of reachable) {
      const { good, ...others } = behaviourOf(key);
      const seen = { ...others, good: good * (1 - fails) };
      const second = answers((share / reachableShare) * (rate - lost), seen, atMs);
      this.#leaves.add({ key, client, route: own }, second);
      answered += second.total;
      failed += second.failures;
    }
    const counter = { key: own ?? apex, client, route: null };
    this.#apexes.add(counter, { ...NOTHING, atMs, total: answered, failures: failed });
    if (lost > 0) this.#apexes.add(counter, { ...NOTHING, atMs: atMs + FAIL_FAST_MS, total: lost, failures: lost });
  }

  /** Adds one second of requests to a Service from other clients. */
  direct(key: string, behaviour: Behaviour, atMs: number): void {
    if (behaviour.ownRate <= 0 || behaviour.unreachable) return;
    this.#leaves.add({ key, client: OTHERS, route: null }, answers(behaviour.ownRate, behaviour, atMs));
  }

  /** Responses of each Service in a window, with the slow ones as failures. */
  latency(nowMs: number, windowMs: number): Map<string, Counts> {
    return sumOf(this.#leaves.all(), nowMs, windowMs, ({ total, slow }) => ({ total, failures: slow }));
  }

  /** Requests to each Service in a window, with the unanswered ones as failures. */
  unanswered(nowMs: number, windowMs: number): Map<string, Counts> {
    return sumOf(this.#leaves.all(), nowMs, windowMs, ({ begun, total }) => ({ total: begun, failures: begun - total }));
  }

  /** The answer of Prometheus for a window that ends at `nowMs`. */
  window(nowMs: number, windowMs: number): RequestCounts {
    this.#leaves.expire(nowMs);
    this.#apexes.expire(nowMs);
    return requestsOf(this.#leaves.all(), this.#apexes.all(), nowMs, windowMs);
  }

  /** The same by client. */
  byClient(nowMs: number, windowMs: number): ReadonlyMap<string, RequestCounts> {
    const leaves = Map.groupBy(this.#leaves.all(), ({ client }) => client);
    const apexes = Map.groupBy(this.#apexes.all(), ({ client }) => client);
    const clients = new Set([...leaves.keys(), ...apexes.keys()]);
    return new Map([...clients].map((name) => [name, requestsOf(leaves.get(name) ?? [], apexes.get(name) ?? [], nowMs, windowMs)]));
  }
}

function requestsOf(leaves: readonly Series[], apexes: readonly Series[], nowMs: number, windowMs: number): RequestCounts {
  const counted = [...sumOf(apexes, nowMs, windowMs)];
  const ofRoutes = Map.groupBy(leaves, ({ route }) => route);
  const backends = [...ofRoutes].flatMap(([route, own]) => (route === null ? [] : [[route, sumOf(own, nowMs, windowMs)] as const]));
  return {
    leaves: sumOf(leaves, nowMs, windowMs),
    apexes: new Map(counted.filter(([key]) => !isRouteKey(key))),
    routes: new Map(counted.filter(([key]) => isRouteKey(key))),
    backends: new Map(backends),
  };
}

/** `KIND/NAMESPACE/NAME`, and not `NAMESPACE/SERVICE`. */
function isRouteKey(key: string): boolean {
  return key.split("/").length === 3;
}

/** One second of requests to a Service and its answers. */
function answers(begun: number, { good, slow, hung }: Behaviour, atMs: number): Second {
  const total = begun * (1 - hung);
  return { atMs, begun, total, failures: total * (1 - good), slow: total * slow };
}

function sumOf(
  all: readonly Series[],
  nowMs: number,
  windowMs: number,
  countsOf: (second: Second) => Counts = ({ total, failures }) => ({ total, failures }),
): Map<string, Counts> {
  const sums = new Map<string, Counts>();
  for (const { key, seconds } of all) {
    if ((seconds[0]?.atMs ?? nowMs + 1) > nowMs) continue;
    let { total, failures } = sums.get(key) ?? { total: 0, failures: 0 };
    // The seconds are nearly in order: failures come up to FAIL_FAST_MS later than what was added after them.
    let from = seconds.length;
    while (from > 0 && (seconds[from - 1]?.atMs ?? 0) > nowMs - windowMs - FAIL_FAST_MS) from -= 1;
    for (const second of seconds.slice(from)) {
      if (second.atMs > nowMs || second.atMs <= nowMs - windowMs) continue;
      const counts = countsOf(second);
      total += counts.total;
      failures += counts.failures;
    }
    sums.set(key, { total, failures });
  }
  return sums;
}
