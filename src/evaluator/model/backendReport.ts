import type { BackendState } from "./backendState.ts";
import type { Judgement } from "./judgement.ts";
import type { Reason } from "./reason.ts";
import type { SurveyedSplit } from "./survey.ts";

/** What the machine needs to know of the whole route. */
export interface RouteSituation {
  readonly nowMs: number;
  readonly sinceLastMs: number;
  readonly toleranceMs: number;
  readonly desiredIsLive: boolean;
  /** Each backend's share of the traffic by the live weights. */
  readonly shares: ReadonlyMap<string, number>;
  readonly splits: readonly SurveyedSplit[];
  readonly tiers: readonly (readonly string[])[] | null;
  /** Since when the live weights are what they are. */
  readonly weightsSinceMs: number;
  /** The monitoring is not believed: what metrics say moves nothing. */
  readonly metricsFrozen: boolean;
  /** Enough other routes have left their baseline by metrics; one that is at its baseline has to wait. */
  readonly mustStay: boolean;
}

/** One backend of a route, as judged at the last look. */
export interface BackendReport {
  readonly backend: string;
  /** Where it stood before this look. */
  readonly before: BackendState;
  readonly state: BackendState;
  readonly judgement: Judgement;
  /** What the machine says beside the judgement: why it left, what is waited for, what holds it. */
  readonly waits: readonly Reason[];
}
