import type { Cause } from "../../routes/route.ts";
import type { ClusterState } from "./cluster.ts";
import type { ShareThresholds } from "./shareThresholds.ts";
import type { Interval } from "./wilson.ts";

/** The brakes that exist: a change that is held says by which of them. */
export const BRAKES = [
  "maxShifted",
  "signalLoss",
  "sharedFate",
  "minTimeBetweenWrites",
  "warmUp",
  "noneFit",
  "reapplied",
  "frozen",
] as const;
export type Brake = (typeof BRAKES)[number];

/** What a signal says of a backend. All but `fit` and `unfit` say nothing, each for a reason of its own. */
export type Opinion = "fit" | "unfit" | "between" | "quiet" | "missing" | "failed" | "warmUp";

/** Whether the evidence speaks for the return of a backend that is away: good, not good, or why that is unknown. */
export type Condition = "good" | "bad" | UnknownBecause;

/** Why it is unknown whether a backend that is away is good. Unknown stops the wait; it neither confirms nor denies. */
export type UnknownBecause = "signalLoss" | "staleWatch" | "gatewayDeadOnce" | "gatewayUnknown" | "warmUp" | "between" | "noReading";

/** Why a backend has the weight that it has. Texts are made from this, never the other way round. */
export type Reason =
  | { readonly kind: "ready"; readonly ready: number; readonly minReady: number }
  | { readonly kind: "readinessSilent"; readonly why: "elsewhere" | "stale" }
  | { readonly kind: "gateway"; readonly cluster: string; readonly gateway: ClusterState["gateway"] }
  | {
      readonly kind: "share";
      readonly signal: "successRate" | "latency" | "unanswered";
      readonly opinion: "fit" | "unfit" | "between" | "quiet";
      readonly good: number;
      readonly total: number;
      /** Of the share of good ones. */
      readonly interval: Interval;
      readonly thresholds: ShareThresholds;
      /** Failures that only the route's own series counted, and that are attributed to this backend. */
      readonly unaccounted: number;
    }
  | {
      readonly kind: "query";
      readonly name: string;
      readonly opinion: Opinion;
      readonly value: number;
      readonly failAbove: number;
      readonly recoverBelow: number;
    }
  | { readonly kind: "noMetrics"; readonly signal: string; readonly why: "missing" | "failed" | "quiet"; readonly error?: string }
  /** Its weight promised requests that it never answered. That is not quiet, and there is nothing to judge. */
  | { readonly kind: "lostRequests"; readonly promised: number; readonly received: number }
  | {
      readonly kind: "waiting";
      readonly for: "failAfter" | "step" | "write" | "evidence";
      readonly leftMs: number;
      readonly relapses: number;
    }
  | {
      readonly kind: "waiting";
      readonly for: "recoverAfter";
      /** The wait runs only while this is good. */
      readonly condition: Condition;
      readonly leftMs: number;
      readonly relapses: number;
    }
  | { readonly kind: "stepping"; readonly step: number; readonly steps: number; readonly share: number }
  | { readonly kind: "removed"; readonly cause: Cause }
  | { readonly kind: "brake"; readonly brake: Brake; readonly leftMs?: number; readonly awaits?: "gateway" }
  /** The first tier has too few ready endpoints for the whole load: percent of it by tier. */
  | { readonly kind: "spill"; readonly split: string; readonly loads: readonly number[] }
  /** Standbys get this share at all times, so that they stay warm. */
  | { readonly kind: "warm"; readonly share: number }
  | { readonly kind: "pinned"; readonly untilMs: number | null };

/** A reason with its backend; null: it concerns the whole route. */
export interface BackendReason {
  readonly backend: string | null;
  readonly reason: Reason;
}
