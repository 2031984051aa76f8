import type { Rule } from "../../rules/ruleSet.ts";
import type { ClusterState } from "./cluster.ts";
import type { Standing } from "./standings.ts";
import type { Survey } from "./survey.ts";
import type { WeightsSince } from "./weightHistory.ts";

/** What is known of a route before its backends are judged. */
export interface RouteFacts {
  readonly surveyed: Survey;
  readonly rule: Rule;
  readonly standings: readonly Standing[];
  /** The weights of the recent past, oldest first. */
  readonly history: readonly WeightsSince[];
  readonly firstSeenMs: number;
  /** A wait ends early by this many milliseconds. */
  readonly toleranceMs: number;
  /** The linked clusters, by name. */
  readonly clusters: ReadonlyMap<string, ClusterState>;
}
