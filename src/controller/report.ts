import type { State } from "../evaluator/model/state.ts";
import type { ObserverHealth } from "../observer/observer.ts";
import type { RecordedDecision } from "./decisionRing.ts";

/** The state of the controller at one moment. Metrics, probes, the API and the status page are renderings of it. */
export interface Report {
  readonly state: State;
  /** Whether this replica may write; null in a dry run, in which no replica writes. */
  readonly leader: boolean | null;
  /** The pod that holds the Lease, as last read; null: none does, or it is not known. */
  readonly leaderName: string | null;
  /** The pod of this replica. */
  readonly replica: string;
  /** Where the controller runs. */
  readonly namespace: string;
  readonly cachesFilled: boolean;
  /** Null before the first tick. */
  readonly lastTickMs: number | null;
  readonly intervalMs: number;
  readonly nowMs: number;
  /** Newest first, bounded. */
  readonly decisions: readonly RecordedDecision[];
  /** The records of a route's last decisions, by its `routeKey`: each with what it was made from, as JSON, newest first. */
  readonly recordsOf: (key: string) => readonly string[];
  readonly observer: ObserverHealth;
  readonly reload: RulesReload;
  /** The rules in force, in their order. */
  readonly ruleNames: readonly string[];
  readonly version: string;
}

/** The result of the last reload of the rules. */
export interface RulesReload {
  readonly ok: boolean;
  /** When the current rules were loaded. */
  readonly atMs: number;
}
