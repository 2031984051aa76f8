import type { Cause } from "../../routes/route.ts";
import type { ClusterState } from "../health/clusters.ts";
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

/** What a signal says of a backend. Between the thresholds, quiet and without an answer are three ways to say nothing. */
export type Opinion = "fit" | "unfit" | "between" | "quiet" | "missing" | "failed" | "warmUp";

/** How a backend that is out looks: nothing that is known may say otherwise. */
export type Looks = "good" | "bad" | "silent";

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
      /** Failures that only the route's own series counted, and that were laid at this backend's door. */
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
  /** Its weight promised it requests that it never received: not quiet, but nothing to judge either. */
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
      /** The clock runs only while it looks good. */
      readonly looks: Looks;
      readonly leftMs: number;
      readonly relapses: number;
    }
  | { readonly kind: "stepping"; readonly step: number; readonly steps: number; readonly share: number }
  | { readonly kind: "left"; readonly cause: Cause }
  | { readonly kind: "brake"; readonly brake: Brake; readonly leftMs?: number; readonly awaits?: "gateway" }
  /** The first tier has too few ready endpoints for the whole load: percent of it by tier. */
  | { readonly kind: "spill"; readonly split: string; readonly loads: readonly number[] }
  /** Standbys get this share at all times, so that they stay warm. */
  | { readonly kind: "warm"; readonly share: number }
  | { readonly kind: "pinned"; readonly untilMs: number | null };

/** A reason and whose it is; `backend` is null where it concerns the whole route. */
export interface BackendReason {
  readonly backend: string | null;
  readonly reason: Reason;
}
