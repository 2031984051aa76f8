import type { Cause } from "../../routes/route.ts";
import type { PrometheusName } from "../../rules/prometheusName.ts";
import type { ClusterState } from "./cluster.ts";
import type { ShareThresholds } from "./shareThresholds.ts";
import type { Interval } from "./wilson.ts";

/** All brakes. A change that is held names its brake. */
export const BRAKES = [
  "maxShifted",
  "signalLoss",
  "sharedFate",
  "oneClient",
  "minTimeBetweenWrites",
  "warmUp",
  "noneFit",
  "reapplied",
  "frozen",
] as const;
export type Brake = (typeof BRAKES)[number];

/** The opinion of a signal on a backend. Every value other than `fit` and `unfit` means unknown, and says why. */
export type Opinion = "fit" | "unfit" | "between" | "quiet" | "missing" | "failed" | "warmUp";

/** The condition of a backend that is out or returning: good, not good, or why it is unknown. */
export type Condition = "good" | "bad" | UnknownBecause;

/** Why the condition is unknown. Unknown pauses the wait and does not restart it. */
export type UnknownBecause =
  | "signalLoss"
  | "staleWatch"
  | "gatewayDeadOnce"
  | "gatewayUnknown"
  | "warmUp"
  | "between"
  | "worse"
  | "noReading";

/** Why a backend has its weight, as data. Log, page and CLI make their texts from it. */
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
      /** The confidence interval of the share of good requests. */
      readonly interval: Interval;
      readonly thresholds: ShareThresholds;
      /** Failures that only the route's own series counted, and that are attributed to this backend. */
      readonly unaccounted: number;
    }
  | {
      readonly kind: "query";
      readonly name: string;
      /** As the rule names it; absent: it names none. */
      readonly prometheus?: PrometheusName;
      readonly opinion: Opinion;
      readonly value: number;
      readonly failAbove: number;
      readonly recoverBelow: number;
    }
  | {
      readonly kind: "noMetrics";
      readonly signal: string;
      /** As the rule names it; absent: it names none. */
      readonly prometheus?: PrometheusName;
      readonly why: "missing" | "failed" | "quiet";
      readonly error?: string;
    }
  /** By its weight it should have received requests, but it answered too few to judge. That is not quiet. */
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
      /** The wait continues only while this is `good`. */
      readonly condition: Condition;
      readonly leftMs: number;
      readonly relapses: number;
    }
  /** What a returning backend has answered since its step began, and why that is enough for the next one or is not. */
  | {
      readonly kind: "trial";
      readonly signal: string;
      readonly why: "enough" | "tooFew" | "untested" | "worse" | "unanswered" | "unfit";
      readonly good: number;
      readonly total: number;
      /** Requests that its weight promised to it; null: unknown. */
      readonly promised: number | null;
      /** Answers that are needed for the next step. */
      readonly needed: number;
      /** The same signal of the backends that carry the load; null: it cannot be judged. */
      readonly carriers: { readonly good: number; readonly total: number } | null;
    }
  | { readonly kind: "stepping"; readonly step: number; readonly steps: number; readonly share: number }
  | { readonly kind: "removed"; readonly cause: Cause }
  /** New failures left no doubt, so the rest of `failAfter` was not awaited. */
  | { readonly kind: "sure"; readonly signal: string; readonly leftMs: number }
  | Hold
  /** The first tier has too few ready endpoints for the whole load. `loads`: percent of the load by tier. */
  | { readonly kind: "spill"; readonly split: string; readonly loads: readonly number[] }
  /** Standbys get this share at all times, to stay warm. */
  | { readonly kind: "warm"; readonly share: number }
  | { readonly kind: "pinned"; readonly untilMs: number | null };

/** A brake that holds a change. */
export interface Hold {
  readonly kind: "brake";
  readonly brake: Brake;
  readonly leftMs?: number;
  readonly awaits?: "gateway";
  /** Of `reapplied`: the field manager that put the baseline back; absent: unknown. */
  readonly by?: string;
  /** Of `oneClient`: the client. */
  readonly client?: LoneClient;
}

/** A client that alone sees the failures of a backend, and what the others see, all in one window. */
export interface LoneClient {
  /** `NAMESPACE/POD`, as far as these labels are kept. */
  readonly name: string;
  readonly failures: number;
  readonly total: number;
  /** The number of other clients with requests to the backend. */
  readonly others: number;
  readonly othersGood: number;
  readonly othersTotal: number;
}

/** A reason with its backend; null: it concerns the whole route. */
export interface BackendReason {
  readonly backend: string | null;
  readonly reason: Reason;
}
