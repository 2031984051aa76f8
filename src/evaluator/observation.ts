/**
 * evaluator/ — the mind.
 *
 * `step` looks at what was seen, what is remembered, the rules and the time, and says what it wishes and why. This
 * room must never wait, read a clock, roll dice or talk to anyone: the same input gives the same answer.
 */
import type { Route } from "../routes/route.ts";

/** All that was seen at one tick. */
export interface Observation {
  /** The managed routes. */
  readonly routes: readonly Route[];
  /** By `NAMESPACE/SERVICE`. A service that is not in the map has no endpoints. */
  readonly endpoints: ReadonlyMap<string, Endpoints>;
  /** By window in milliseconds. Null where no Prometheus is configured: metric signals are then off. */
  readonly metrics: ReadonlyMap<number, WindowMetrics> | null;
}

export type Endpoints =
  | { readonly state: "counted"; readonly ready: number; readonly notReady: number }
  /** The Service has no local endpoints by nature (remote discovery, federated, ExternalName): readiness says nothing. */
  | { readonly state: "elsewhere" }
  /** The watch is not to be trusted at this moment: readiness says nothing. */
  | { readonly state: "stale" };

/** What Prometheus said about one window, for all routes together. */
export type WindowMetrics =
  | {
      readonly state: "answered";
      /** By `NAMESPACE/SERVICE` of the leaf; no entry: no series. */
      readonly leaves: ReadonlyMap<string, Counts>;
      /** By `NAMESPACE/SERVICE` of the apex, as its clients saw it; no entry: no series. */
      readonly apexes: ReadonlyMap<string, Counts>;
    }
  | { readonly state: "failed"; readonly error: string };

/** Requests in a window. Not always whole numbers, since PromQL's `increase` extrapolates. Finite and >= 0. */
export interface Counts {
  readonly total: number;
  readonly failures: number;
}

/** What was seen of one signal of one backend. */
export type Reading =
  | { readonly state: "value"; readonly good: number; readonly total: number }
  | { readonly state: "quiet"; readonly good: number; readonly total: number }
  | { readonly state: "missing" }
  | { readonly state: "failed" };

/** Time and observation: one frame of a replay. */
export interface Frame {
  readonly atMs: number;
  readonly observation: Observation;
}
