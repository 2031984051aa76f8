import { weightOf } from "../../src/routes/weight.ts";
import type { ApiObject } from "./apiResource.ts";
import type { LiveRoutes } from "./liveRoutes.ts";
import { type Counter, type Lane, laneOf } from "./meshCounters.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";

/** How a Service answers requests. */
export interface Behaviour {
  /** Share of good answers, 0 to 1. */
  readonly good: number;
  /** Requests never reach it, although its endpoints may be ready. */
  readonly unreachable: boolean;
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

/** Time that a request waits for an unreachable backend before it fails. */
const FAIL_FAST_MS = 3_000;
/** Share of an unreachable backend's requests that wait in its queue and fail; the others go to a reachable backend, if there is one. */
export const LOST_BEFORE_SPILL = 0.1;
/** Proxies drop series without requests after this time. */
const SERIES_EXPIRE_MS = 600_000;

/** Clients of all routes. They follow the live weights in the API double and count like Linkerd's proxies. */
export class SimulatedMesh {
  /** Requests per second, by route (`KIND/NAMESPACE/NAME`). */
  readonly rates = new Map<string, number>();
  /** The linked cluster of each mirror (`NAMESPACE/NAME`). */
  readonly mirrors = new Map<string, string>();
  readonly #behaviours = new Map<string, Since<Behaviour>>();
  readonly #gateways = new Map<string, { readonly state: GatewayState; readonly sinceMs: number }>();
  readonly #lanes = new WeakMap<ApiObject, Lane>();
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
    const own = this.#behaviours.get(key) ?? { ...WELL, sinceMs: Number.NEGATIVE_INFINITY };
    const gateway = this.#gateways.get(this.mirrors.get(key) ?? "");
    if (gateway === undefined) return own;
    const sinceMs = Math.max(own.sinceMs, gateway.sinceMs);
    return { good: own.good, unreachable: own.unreachable || gateway.state === "dead", sinceMs };
  }

  /** Sends the requests of one second, which ends now. */
  passSecond(nowMs: number): void {
    const due = this.#late.filter(({ atMs }) => atMs <= nowMs);
    if (due.length > 0) this.#late = this.#late.filter(({ atMs }) => atMs > nowMs);
    for (const { counter, requests } of due) this.#count(counter, requests, nowMs);
    for (const [key, object] of this.#options.routes.byKey) {
      const rate = this.rates.get(key) ?? 0;
      if (rate > 0) this.#flow(this.#laneOf(key, object), rate, nowMs);
    }
  }

  /** The series of a scrape. */
  scrape(nowMs: number): readonly Series[] {
    for (const [key, { touchedMs }] of this.#series) if (nowMs - touchedMs > SERIES_EXPIRE_MS) this.#series.delete(key);
    const gauges = [...this.#gateways].flatMap(([cluster, { state }]) => gaugesOf(cluster, state, nowMs));
    return [...this.#series.values(), ...gauges];
  }

  /** Sends requests; each rule of a route gets the same number. */
  #flow({ splits, good, bad, lost: failFast }: Lane, rate: number, nowMs: number): void {
    for (const backends of splits) {
      const requests = this.#whole(rate / splits.length);
      let sum = 0;
      let reachableSum = 0;
      for (const { key, weight } of backends) {
        sum += weight;
        if (this.#reachable(key)) reachableSum += weight;
      }
      if (sum === 0) continue;
      const lost = this.#whole(requests * (1 - reachableSum / sum) * (reachableSum > 0 ? LOST_BEFORE_SPILL : 1));
      if (lost > 0) this.#late.push({ atMs: nowMs + FAIL_FAST_MS, counter: failFast, requests: lost });
      // While another backend is reachable, lost requests wait in the queue of one that is not; else the proxies shed them.
      const waiting = reachableSum > 0 ? backends.find(({ key }) => !this.#reachable(key)) : undefined;
      if (waiting?.sent) this.#count(waiting.sent, lost, nowMs);
      for (const backend of backends) {
        if (!this.#reachable(backend.key)) continue;
        const own = this.#whole(((requests - lost) * backend.weight) / reachableSum);
        const failures = this.#failuresOf(own, this.behaviourOf(backend.key).good);
        if (backend.sent !== null) this.#count(backend.sent, own, nowMs);
        if (backend.own !== null) {
          this.#count(backend.own.good, own - failures, nowMs);
          this.#count(backend.own.bad, failures, nowMs);
        }
        this.#count(backend.good, own - failures, nowMs);
        this.#count(good, own - failures, nowMs);
        this.#count(backend.bad, failures, nowMs);
        this.#count(bad, failures, nowMs);
      }
    }
  }

  #laneOf(key: string, object: ApiObject): Lane {
    const known = this.#lanes.get(object) ?? laneOf(key, object, weightOf);
    this.#lanes.set(object, known);
    return known;
  }

  #reachable(key: string): boolean {
    return this.#options.readiness.of(key).ready && !this.behaviourOf(key).unreachable;
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
