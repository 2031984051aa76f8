/**
 * observer/ — the eyes.
 *
 * Watches the cluster, asks Prometheus and hands over an Observation. It must never judge and never throw at its
 * caller: doubt is data (`stale`, `failed`).
 */
import type { Observation } from "../evaluator/model/observation.ts";
import type { KubeObject } from "../kube/kubeApi.ts";
import type { Route } from "../routes/route.ts";

export interface Observer {
  /** Fills the caches, resolves when they are filled (or the signal aborts); keeps watching until the signal aborts. */
  start(signal: AbortSignal): Promise<void>;
  /** What is seen now. `metrics: "fresh"` asks Prometheus, `"last"` hands over its last answer. Never throws. */
  observe(nowMs: number, metrics: "fresh" | "last"): Promise<Observation>;
  /** Shows it what a write made of a route: the watch may tell of that later, or never. */
  saw(route: Route, object: KubeObject): void;
  /** How well the eyes themselves are. */
  health(): ObserverHealth;
}

export interface ObserverHealth {
  readonly resources: readonly ResourceHealth[];
  /** Whether Prometheus answered the last query; null where none was asked yet, or none is configured. */
  readonly prometheusUp: boolean | null;
  readonly queries: QueryCounts;
  /** By namespace that has more managed routes than it may: how many of them are left alone. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** One watched resource, all its namespaces together. */
export interface ResourceHealth {
  /** Plural, as `trafficsplits`; with its group where another has the same, as `httproutes.policy.linkerd.io`. */
  readonly resource: string;
  /** When the server was last heard on all of its watches, by the wall clock; null before that. */
  readonly lastEventMs: number | null;
  /** Watches that ended otherwise than in peace. */
  readonly restarts: number;
  readonly synced: boolean;
  /** The version that is watched; null while none is. */
  readonly version: string | null;
  /** The server does not know the resource: its CRD is not installed. */
  readonly absent: boolean;
  /** What is remembered of it is believed to be current. */
  readonly trusted: boolean;
  /** Why it cannot be listed, in the server's words; null where it can, or where it is absent. */
  readonly trouble: string | null;
}

export interface QueryCounts {
  readonly success: number;
  readonly error: number;
  readonly timeout: number;
}
