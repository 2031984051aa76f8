import { weightOf } from "../../src/routes/weight.ts";
import type { ApiObject } from "./apiResource.ts";
import type { LiveRoutes } from "./liveRoutes.ts";
import { type Counter, type Lane, laneOf } from "./meshCounters.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";

/** How a Service answers those who ask it. */
export interface Behaviour {
  /** Share of good answers among those given. */
  readonly good: number;
  /** Requests never reach it, though its endpoints may be ready. */
  readonly unreachable: boolean;
}

/** What the service mirror tells of a linked cluster's gateway; `away`: the mirror itself is, and its gauges with it. */
export type GatewayState = "alive" | "dead" | "unprobed" | "away";

/** One series of one proxy, as a scrape finds it. */
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

/** How long a request waits for an unreachable backend before it fails. */
const FAIL_FAST_MS = 3_000;
/** Of the requests for an unreachable backend beside a reachable one, so many wait in its queue and fail; the others spill. */
export const LOST_BEFORE_SPILL = 0.1;
/** Proxies drop the series of what nobody asks any more. */
const SERIES_EXPIRE_MS = 600_000;

/** Clients of all routes: they follow the live weights in the API double and count as Linkerd's proxies do. */
export class SimulatedMesh {
  /** Requests a second, by route (`KIND/NAMESPACE/NAME`). */
  readonly rates = new Map<string, number>();
  /** By Service (`NAMESPACE/NAME`) that mirrors another cluster's: that cluster. */
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

  /** From now on this Service (`NAMESPACE/NAME`) answers so. */
  behave(key: string, behaviour: Behaviour): void {
    this.#behaviours.set(key, { ...behaviour, sinceMs: this.#options.now() });
  }

  /** From now on the gateway of this cluster is so. */
  setGateway(cluster: string, state: GatewayState): void {
    this.#gateways.set(cluster, { state, sinceMs: this.#options.now() });
  }

  /** Nothing behind a dead gateway can be reached. */
  behaviourOf(key: string): Since<Behaviour> {
    const own = this.#behaviours.get(key) ?? { ...WELL, sinceMs: Number.NEGATIVE_INFINITY };
    const gateway = this.#gateways.get(this.mirrors.get(key) ?? "");
    if (gateway === undefined) return own;
    const sinceMs = Math.max(own.sinceMs, gateway.sinceMs);
    return { good: own.good, unreachable: own.unreachable || gateway.state === "dead", sinceMs };
  }

  /** One second of requests, ending now. */
  passSecond(nowMs: number): void {
    const due = this.#late.filter(({ atMs }) => atMs <= nowMs);
    if (due.length > 0) this.#late = this.#late.filter(({ atMs }) => atMs > nowMs);
    for (const { counter, requests } of due) this.#count(counter, requests, nowMs);
    for (const [key, object] of this.#options.routes.byKey) {
      const rate = this.rates.get(key) ?? 0;
      if (rate > 0) this.#flow(this.#laneOf(key, object), rate, nowMs);
    }
  }

  /** What a scrape finds. */
  scrape(nowMs: number): readonly Series[] {
    for (const [key, { touchedMs }] of this.#series) if (nowMs - touchedMs > SERIES_EXPIRE_MS) this.#series.delete(key);
    const gauges = [...this.#gateways].flatMap(([cluster, { state }]) => gaugesOf(cluster, state, nowMs));
    return [...this.#series.values(), ...gauges];
  }

  /** Each rule of a route gets as many requests as the others. */
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
      for (const backend of backends) {
        if (!this.#reachable(backend.key)) continue;
        const own = this.#whole(((requests - lost) * backend.weight) / reachableSum);
        const failures = this.#failuresOf(own, this.behaviourOf(backend.key).good);
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

  /** A whole number of requests whose average is the given one. */
  #whole(requests: number): number {
    return Math.floor(requests + this.#options.random());
  }

  /** As a proxy, counts from the first request of a kind on: what never happened has no series. */
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
