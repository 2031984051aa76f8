import type { State } from "../evaluator/model/state.ts";
import type { ObserverHealth } from "../observer/observer.ts";
import type { RecordedDecision } from "./decisionRing.ts";

/** All that the controller can tell at one moment: metrics, probes, the API and the status page are renderings of it. */
export interface Report {
  readonly state: State;
  /** This replica may write. Null: a dry run, in which nobody is to. */
  readonly leader: boolean | null;
  readonly cachesFilled: boolean;
  /** Null before the first tick. */
  readonly lastTickMs: number | null;
  readonly intervalMs: number;
  readonly nowMs: number;
  /** Newest first, bounded. */
  readonly decisions: readonly RecordedDecision[];
  readonly observer: ObserverHealth;
  readonly reload: RulesReload;
  readonly version: string;
}

/** How the last reload of the rules went. */
export interface RulesReload {
  readonly ok: boolean;
  /** When the rules that are in force were loaded. */
  readonly atMs: number;
}
