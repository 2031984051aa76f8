import { isSpelling, weightOf } from "../../src/routes/weight.ts";
import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";

/** How a Service answers those who ask it. */
export interface Behaviour {
  /** Share of good answers among those given. */
  readonly good: number;
  /** Requests never reach it, though its endpoints may be ready. */
  readonly unreachable: boolean;
}

/** One counter of one proxy, as a scrape finds it. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  value: number;
  touchedMs: number;
}

interface MeshOptions {
  readonly double: ApiDouble;
  readonly readiness: ReadinessRecord;
  readonly random: () => number;
  readonly now: () => number;
}

export const WELL: Behaviour = { good: 1, unreachable: false };

/** How long a request waits for an unreachable backend before it fails. */
const FAIL_FAST_MS = 3_000;
/** Of the requests for an unreachable backend beside a reachable one, so many wait in its queue and fail; the others spill. */
const LOST_BEFORE_SPILL = 0.1;
/** Proxies drop the series of what nobody asks any more. */
const SERIES_EXPIRE_MS = 600_000;

/** Clients of all TrafficSplits: they follow the live weights in the API double and count as Linkerd's proxies do. */
export class SimulatedMesh {
  /** Requests a second, by TrafficSplit (`NAMESPACE/NAME`). */
  readonly rates = new Map<string, number>();
  readonly #behaviours = new Map<string, Behaviour & { readonly sinceMs: number }>();
  readonly #splits = new Map<string, ApiObject>();
  readonly #readiness: ReadinessRecord;
  readonly #series = new Map<string, Series>();
  readonly #random: () => number;
  readonly #now: () => number;
  #late: { readonly atMs: number; readonly split: ApiObject; readonly requests: number }[] = [];

  constructor({ double, readiness, random, now }: MeshOptions) {
    this.#readiness = readiness;
    this.#random = random;
    this.#now = now;
    double.onWrite(({ type, resource, object }) => {
      if (resource.plural !== "trafficsplits") return;
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (type === "DELETED") this.#splits.delete(key);
      else this.#splits.set(key, object);
    });
  }

  /** From now on this Service (`NAMESPACE/NAME`) answers so. */
  behave(key: string, behaviour: Behaviour): void {
    this.#behaviours.set(key, { ...behaviour, sinceMs: this.#now() });
  }

  behaviourOf(key: string): Behaviour & { readonly sinceMs: number } {
    return this.#behaviours.get(key) ?? { ...WELL, sinceMs: Number.NEGATIVE_INFINITY };
  }

  /** One second of requests, ending now. */
  passSecond(nowMs: number): void {
    const due = this.#late.filter(({ atMs }) => atMs <= nowMs);
    this.#late = this.#late.filter(({ atMs }) => atMs > nowMs);
    for (const { split, requests } of due) this.#count(apexSeries(split, "failure"), requests, nowMs);
    for (const [key, split] of this.#splits) this.#flow(split, this.#whole(this.rates.get(key) ?? 0), nowMs);
  }

  /** What a scrape finds. */
  scrape(nowMs: number): readonly Series[] {
    for (const [key, { touchedMs }] of this.#series) if (nowMs - touchedMs > SERIES_EXPIRE_MS) this.#series.delete(key);
    return [...this.#series.values()];
  }

  #flow(split: ApiObject, requests: number, nowMs: number): void {
    const namespace = split.metadata.namespace ?? "";
    const backends = weightsOf(split).filter(({ weight }) => weight > 0);
    const reachable = backends.filter(({ service }) => this.#reachable(`${namespace}/${service}`));
    const sum = backends.reduce((total, { weight }) => total + weight, 0);
    const reachableSum = reachable.reduce((total, { weight }) => total + weight, 0);
    if (sum === 0) return;
    const lost = this.#whole(requests * (1 - reachableSum / sum) * (reachableSum > 0 ? LOST_BEFORE_SPILL : 1));
    if (lost > 0) this.#late.push({ atMs: nowMs + FAIL_FAST_MS, split, requests: lost });
    for (const { service, weight } of reachable) {
      const own = this.#whole(((requests - lost) * weight) / reachableSum);
      const failures = this.#failuresOf(own, this.behaviourOf(`${namespace}/${service}`).good);
      for (const [classification, count] of [
        ["success", own - failures],
        ["failure", failures],
      ] as const) {
        this.#count(leafSeries(namespace, service, classification), count, nowMs);
        this.#count(apexSeries(split, classification), count, nowMs);
      }
    }
  }

  #reachable(key: string): boolean {
    return this.#readiness.of(key).ready && !this.behaviourOf(key).unreachable;
  }

  #failuresOf(requests: number, good: number): number {
    let failures = 0;
    if (good < 1) for (let i = 0; i < requests; i++) if (this.#random() >= good) failures += 1;
    return failures;
  }

  /** A whole number of requests whose average is the given one. */
  #whole(requests: number): number {
    return Math.floor(requests + this.#random());
  }

  /** As a proxy, counts from the first request of a kind on: what never happened has no series. */
  #count({ name, labels }: Pick<Series, "name" | "labels">, by: number, nowMs: number): void {
    if (by === 0) return;
    const key = `${name}${JSON.stringify(labels)}`;
    const series = this.#series.get(key) ?? { name, labels, value: 0, touchedMs: nowMs };
    series.value += by;
    series.touchedMs = nowMs;
    this.#series.set(key, series);
  }
}

/** The backends of a TrafficSplit with their weights, as Linkerd reads them. */
export function weightsOf(split: ApiObject): readonly { readonly service: string; readonly weight: number }[] {
  const { backends } = split.spec as { readonly backends: readonly { readonly service: string; readonly weight?: unknown }[] };
  return backends.map(({ service, weight }) => ({ service, weight: isSpelling(weight) ? weightOf(weight) : 0 }));
}

function leafSeries(namespace: string, service: string, classification: string): Pick<Series, "name" | "labels"> {
  const authority = `${service}.${namespace}.svc.cluster.local`;
  const labels = { direction: "outbound", authority, dst_service: service, dst_namespace: namespace, classification };
  return { name: "response_total", labels };
}

function apexSeries(split: ApiObject, classification: string): Pick<Series, "name" | "labels"> {
  const { service } = split.spec as { readonly service: string };
  const dst = `${service}.${split.metadata.namespace}.svc.cluster.local:80`;
  return { name: "route_response_total", labels: { direction: "outbound", dst, classification } };
}
