import { weightOf } from "../../src/routes/weight.ts";
import type { ApiObject } from "./apiResource.ts";
import type { LiveRoutes } from "./liveRoutes.ts";
import { type Caller, type Counter, countedBy, type Lane, laneOf, leafCounter } from "./meshCounters.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";
import { rateAt, type Traffic } from "./traffic.ts";

/** How a Service answers requests. */
export interface Behaviour {
  /** Share of good answers, 0 to 1. */
  readonly good: number;
  /** Requests never reach it, although its endpoints may be ready. */
  readonly unreachable: boolean;
  /** Requests per second that it can answer with all of its pods; of more, the rest fails. Absent: any number. */
  readonly capacity?: number;
}

/** Clients that a route shares its backends with, or that are not well themselves. */
export interface OtherClients {
  /** Requests per second. */
  readonly rate: number;
  readonly good: number;
}

/** State of a linked cluster's gateway in the service mirror's gauges. `away`: the service mirror is down and has no gauges. */
export type GatewayState = "alive" | "dead" | "unprobed" | "away";

/** One series of one proxy. */
export interface Series extends Counter {
  value: number;
  touchedMs: number;
}

interface MeshOptions {
  readonly routes: LiveRoutes;
  readonly readiness: ReadinessRecord;
  readonly random: () => number;
  readonly now: () => number;
}

type Since<T> = T & { readonly sinceMs: number };

export const WELL: Behaviour = { good: 1, unreachable: false };
const ALWAYS_WELL: Since<Behaviour> = { ...WELL, sinceMs: Number.NEGATIVE_INFINITY };

/** Time that a request waits for an unreachable backend before it fails. */
const FAIL_FAST_MS = 3_000;
/** The client that sees failures alone, and the clients of other routes and of another cluster. */
const POISON: Caller = { instance: "poison", pod: "poison" };
const CALLER: Caller = { instance: "caller", pod: "caller" };
const FOREIGN: Caller = { instance: "foreign", pod: "foreign", cluster: "there" };
/** Weight of the last second in a mean load. */
const LOAD_SMOOTHING = 0.3;
/** Proxies drop series without requests after this time. */
const SERIES_EXPIRE_MS = 600_000;

/** A route's usual clients, the one that is not well, and those of another cluster. */
interface Lanes {
  readonly usual: Lane;
  readonly poison: Lane;
  readonly foreign: Lane;
}

/** Clients of all routes. They follow the live weights in the API double and count like Linkerd's proxies. */
export class SimulatedMesh {
  /** By route (`KIND/NAMESPACE/NAME`). */
  readonly traffic = new Map<string, Traffic>();
  /** Clients of a Service (`NAMESPACE/NAME`) that follow no route of ours. */
  readonly callers = new Map<string, OtherClients>();
  /** Clients of the Services of the same names in another cluster, by route. */
  readonly foreign = new Map<string, OtherClients>();
  /** Share of a route's requests that come from one client, whose requests all fail. */
  readonly poison = new Map<string, number>();
  /** The linked cluster of each mirror (`NAMESPACE/NAME`). */
  readonly mirrors = new Map<string, string>();
  /** When such a client was last there. */
  readonly poisonedMs = new Map<string, number>();
  readonly #behaviours = new Map<string, Since<Behaviour>>();
  readonly #gateways = new Map<string, { readonly state: GatewayState; readonly sinceMs: number }>();
  readonly #lanes = new WeakMap<ApiObject, Lanes>();
  /** Requests of the last second, by Service. */
  readonly #load = new Map<string, number>();
  /** The same as a mean of the last seconds. */
  readonly #meanLoad = new Map<string, number>();
  readonly #options: MeshOptions;
  readonly #series = new Map<string, Series>();
  #late: { readonly atMs: number; readonly counter: Counter; readonly requests: number }[] = [];

  constructor(options: MeshOptions) {
    this.#options = options;
  }

  /** Sets the behaviour of a Service (`NAMESPACE/NAME`). */
  behave(key: string, behaviour: Behaviour): void {
    this.#behaviours.set(key, { ...behaviour, sinceMs: this.#options.now() });
  }

  /** Sets the state of a cluster's gateway. */
  setGateway(cluster: string, state: GatewayState): void {
    this.#gateways.set(cluster, { state, sinceMs: this.#options.now() });
  }

  /** The behaviour of a Service. A Service behind a dead gateway is unreachable. */
  behaviourOf(key: string): Since<Behaviour> {
    const own = this.#behaviours.get(key) ?? ALWAYS_WELL;
    const gateway = this.#gateways.get(this.mirrors.get(key) ?? "");
    if (gateway === undefined) return own;
    const sinceMs = Math.max(own.sinceMs, gateway.sinceMs);
    return { ...own, unreachable: own.unreachable || gateway.state === "dead", sinceMs };
  }

  /** Sends the requests of one second, which ends now. */
  passSecond(nowMs: number): void {
    const due = this.#late.filter(({ atMs }) => atMs <= nowMs);
    if (due.length > 0) this.#late = this.#late.filter(({ atMs }) => atMs > nowMs);
    for (const { counter, requests } of due) this.#count(counter, requests, nowMs);
    this.#smoothLoads();
    for (const [key, object] of this.#options.routes.byKey) {
      const rate = this.rateOf(key);
      if (rate > 0) this.#flow(key, this.#lanesOf(key, object), rate, nowMs);
    }
    for (const key of this.poison.keys()) this.poisonedMs.set(key, nowMs);
    for (const [key, { rate, good }] of this.callers) {
      const [namespace = "", service = ""] = key.split("/");
      const of = (classification: string) => countedBy(leafCounter(namespace, service, classification), CALLER);
      this.#countAnswers(this.#whole(rate), good, [of("success")], [of("failure")], nowMs);
    }
  }

  /** Requests per second that a route gets now. */
  rateOf(routeKey: string): number {
    const traffic = this.traffic.get(routeKey);
    return traffic === undefined ? 0 : rateAt(traffic, this.#options.now());
  }

  /** Share of good answers of a Service that gets so many requests per second, 0 if it cannot be reached. */
  goodAt(key: string, load: number): number {
    if (!this.isReachable(key)) return 0;
    const { good, capacity } = this.behaviourOf(key);
    return capacity === undefined || load === 0 ? good : good * Math.min(1, (capacity * this.#options.readiness.of(key).share) / load);
  }

  /** Whether a Service answers any number of requests well. */
  isWell(key: string): boolean {
    const { good, capacity } = this.behaviourOf(key);
    return good === 1 && capacity === undefined && this.isReachable(key);
  }

  /** The same under the load of the last seconds. */
  goodNow(key: string): number {
    return this.goodAt(key, this.#meanLoad.get(key) ?? 0);
  }

  /** Few requests a second are not a load that comes and goes. */
  #smoothLoads(): void {
    for (const key of new Set([...this.#load.keys(), ...this.#meanLoad.keys()])) {
      const before = this.#meanLoad.get(key) ?? 0;
      this.#meanLoad.set(key, before + LOAD_SMOOTHING * ((this.#load.get(key) ?? 0) - before));
    }
    this.#load.clear();
  }

  /** The series of a scrape. */
  scrape(nowMs: number): readonly Series[] {
    for (const [key, { touchedMs }] of this.#series) if (nowMs - touchedMs > SERIES_EXPIRE_MS) this.#series.delete(key);
    const gauges = [...this.#gateways].flatMap(([cluster, { state }]) => gaugesOf(cluster, state, nowMs));
    return [...this.#series.values(), ...gauges];
  }

  /** Sends requests; each rule of a route gets the same number. */
  #flow(routeKey: string, { usual, poison, foreign }: Lanes, rate: number, nowMs: number): void {
    const { splits, lost: failFast } = usual;
    const others = this.foreign.get(routeKey);
    for (const [at, backends] of splits.entries()) {
      if (others !== undefined) this.#flowThere(foreign, at, others, nowMs);
      const requests = this.#whole(rate / splits.length);
      let sum = 0;
      let reachableSum = 0;
      for (const { key, weight } of backends) {
        sum += weight;
        if (this.isReachable(key)) reachableSum += weight;
      }
      if (sum === 0) continue;
      // While one backend with weight can be reached, the proxies send all requests there; else they shed them.
      if (reachableSum === 0) {
        if (requests > 0) this.#late.push({ atMs: nowMs + FAIL_FAST_MS, counter: failFast, requests });
        continue;
      }
      for (const [i, backend] of backends.entries()) {
        if (!this.isReachable(backend.key)) continue;
        const all = this.#whole((requests * backend.weight) / reachableSum);
        const sick = this.#poisoned(routeKey, all);
        const own = all - sick;
        this.#load.set(backend.key, (this.#load.get(backend.key) ?? 0) + all);
        const good = this.goodNow(backend.key);
        this.#answer(usual, backend, own, good, nowMs);
        const same = poison.splits[at]?.[i];
        if (same !== undefined) this.#answer(poison, same, sick, 0, nowMs);
      }
    }
  }

  /** The requests of the clients in another cluster, which have a split of the same name. */
  #flowThere(lane: Lane, at: number, { rate, good }: OtherClients, nowMs: number): void {
    const backends = lane.splits[at] ?? [];
    for (const backend of backends) this.#answer(lane, backend, this.#whole(rate / lane.splits.length / backends.length), good, nowMs);
  }

  #answer(lane: Lane, backend: Lane["splits"][number][number], requests: number, good: number, nowMs: number): void {
    if (requests === 0) return;
    if (backend.sent !== null) this.#count(backend.sent, requests, nowMs);
    const own = backend.own === null ? { good: [], bad: [] } : { good: [backend.own.good], bad: [backend.own.bad] };
    this.#countAnswers(requests, good, [...own.good, backend.good, lane.good], [...own.bad, backend.bad, lane.bad], nowMs);
  }

  #countAnswers(requests: number, good: number, goods: readonly Counter[], bads: readonly Counter[], nowMs: number): void {
    const failures = this.#failuresOf(requests, good);
    for (const counter of goods) this.#count(counter, requests - failures, nowMs);
    for (const counter of bads) this.#count(counter, failures, nowMs);
  }

  /** How many of these requests come from the client that is not well. */
  #poisoned(routeKey: string, requests: number): number {
    const share = this.poison.get(routeKey);
    return share === undefined ? 0 : Math.min(requests, this.#whole(requests * share));
  }

  #lanesOf(key: string, object: ApiObject): Lanes {
    const known = this.#lanes.get(object) ?? {
      usual: laneOf(key, object, weightOf),
      poison: laneOf(key, object, weightOf, POISON),
      foreign: laneOf(key, object, weightOf, FOREIGN),
    };
    this.#lanes.set(object, known);
    return known;
  }

  /** Whether a Service has a ready endpoint, and requests reach it. */
  isReachable(key: string): boolean {
    return this.#options.readiness.isReady(key) && !this.behaviourOf(key).unreachable;
  }

  #failuresOf(requests: number, good: number): number {
    let failures = 0;
    if (good < 1) for (let i = 0; i < requests; i++) if (this.#options.random() >= good) failures += 1;
    return failures;
  }

  /** A random integer whose average is the given number. */
  #whole(requests: number): number {
    return Math.floor(requests + this.#options.random());
  }

  /** Adds to a counter. As in a proxy, a series exists only after its first request. */
  #count(counter: Counter, by: number, nowMs: number): void {
    if (by === 0) return;
    let series = this.#series.get(counter.key);
    if (series === undefined) {
      series = { ...counter, value: 0, touchedMs: nowMs };
      this.#series.set(counter.key, series);
    }
    series.value += by;
    series.touchedMs = nowMs;
  }
}

function gaugesOf(cluster: string, state: GatewayState, nowMs: number): readonly Series[] {
  if (state === "away") return [];
  const labels = { target_cluster_name: cluster };
  const gauge = (name: string, value: number) => ({ key: `${name} ${cluster}`, name, labels, value, touchedMs: nowMs });
  return [gauge("gateway_alive", state === "alive" ? 1 : 0), gauge("gateway_enabled", state === "unprobed" ? 0 : 1)];
}
