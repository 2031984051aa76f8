/**
 * observer/ — reads the cluster and Prometheus.
 *
 * Watches routes, Services and EndpointSlices, queries Prometheus and returns an Observation. It must never judge and
 * never throw at its caller: what could not be read is data (`stale`, `failed`).
 */
import type { Endpoints, Observation } from "../evaluator/model/observation.ts";
import type { Suspects } from "../evaluator/model/suspects.ts";
import type { KubeObject } from "../kube/kubeApi.ts";
import type { Route } from "../routes/route.ts";

export interface Observer {
  /**
   * Starts to watch. Resolves when the caches are filled or the signal aborts; of several namespaces, those that cannot be listed are
   * not waited for long. The watches last until the signal aborts.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * The current observation, complete and for itself. `metrics: "fresh"` queries Prometheus, also about the clients of suspect
   * routes; `"last"` uses its last answers. Never throws.
   */
  observe(nowMs: number, metrics: "fresh" | "last", suspects?: Suspects): Promise<WholeObservation>;
  /** Queries Prometheus for what is read next. Never throws. */
  ask(nowMs: number, suspects: Suspects): Promise<void>;
  /**
   * When to query Prometheus again after `lastMs`, so that its samples are new: half an interval to one and a half later, by the
   * clock of `ask`. Null: the interval tells.
   */
  nextAskMs(lastMs: number): number | null;
  /**
   * The observation of the next tick, with what has changed since it was read last: `all`: with the last answers of Prometheus;
   * `changes`: only the routes that have changed, and those with the `routeKey`s in `also`. It stays as it is until the next one is read.
   */
  read(nowMs: number, at: "all" | "changes", also?: Iterable<string>): Observation;
  /** Takes the object that a write to a route returned: the watch may deliver it late, or never. */
  noteWritten(route: Route, object: KubeObject): void;
  /** The state of the watches and of Prometheus. */
  health(): ObserverHealth;
}

export interface WholeObservation extends Observation {
  readonly endpoints: ReadonlyMap<string, Endpoints>;
}

export interface ObserverHealth {
  readonly resources: readonly ResourceHealth[];
  /** Whether Prometheus answered the last query; null before the first query, or if no Prometheus is configured. */
  readonly prometheusUp: boolean | null;
  readonly queries: QueryCounts;
  /** By namespace that has more managed routes than allowed: the number of routes that are not managed. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** One watched resource, all its namespaces together. */
export interface ResourceHealth {
  /** Plural, as `trafficsplits`; with the group if two groups have the same plural, as `httproutes.policy.linkerd.io`. */
  readonly resource: string;
  /**
   * Wall-clock time of the last message of the API server on the watch that has been silent longest; null until there was one. A
   * namespace that was never heard of counts from the start.
   */
  readonly lastEventMs: number | null;
  /** Watches that did not end with a regular close. */
  readonly restarts: number;
  readonly synced: boolean;
  /** The version that is watched; null while none is. */
  readonly version: string | null;
  /** The API server does not know the resource: its CRD is not installed. */
  readonly absent: boolean;
  /** The cached objects are considered current. */
  readonly trusted: boolean;
  /** The API server's reason why the resource cannot be listed; null if it can, or if it is absent. */
  readonly trouble: string | null;
}

export interface QueryCounts {
  readonly success: number;
  /** Answered, with a warning of the server that something is lacking. */
  readonly partial: number;
  readonly error: number;
  readonly timeout: number;
}
