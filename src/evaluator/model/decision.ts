import type { Cause, DesiredRoute, RouteRef } from "../../routes/route.ts";
import type { BackendReason } from "./reason.ts";

export const DIRECTIONS = ["failover", "return", "restore", "pin"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Desired weights that differ from the live ones, with their reasons: one decision for all splits of a route. */
export interface Decision {
  readonly atMs: number;
  readonly route: RouteRef;
  readonly rule: string;
  readonly splits: readonly SplitChange[];
  readonly direction: Direction;
  readonly cause: Cause;
  readonly reasons: readonly BackendReason[];
  readonly desired: DesiredRoute;
}

export interface SplitChange {
  readonly name: string;
  readonly baseline: Readonly<Record<string, number>>;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** The result of a write. */
export type Outcome =
  | { readonly outcome: "written"; readonly resourceVersion: string }
  | { readonly outcome: "conflict" }
  /** `retryAfterMs`: the server has too many requests, and asks to try again after this time. */
  | { readonly outcome: "failed"; readonly error: string; readonly retryAfterMs?: number }
  | { readonly outcome: "dryRun" };
