import type { Phase } from "../../routes/route.ts";
import type { ClusterState } from "../model/cluster.ts";
import type { Judgement } from "../model/judgement.ts";
import type { Answer, Counts, Endpoints, Failed } from "../model/observation.ts";
import type { BackendCounts } from "./unaccounted.ts";

/** What was seen of one backend. Undefined metrics are off; null counts: there are no series. */
export interface Evidence {
  readonly backend: string;
  readonly phase: Phase;
  /** Undefined: the Service has no endpoints at all. */
  readonly endpoints: Endpoints | undefined;
  /** How it was judged at the last tick; null: this is the first one. What has not changed is handed on. */
  readonly last: Judgement | null;
  /** The cluster that it mirrors through a gateway, as that stands; undefined: it mirrors none. */
  readonly cluster: ClusterState | undefined;
  readonly successRate: BackendCounts | Failed | undefined;
  readonly latency: Counts | Failed | null | undefined;
  readonly unanswered: Counts | Failed | null | undefined;
  /** In the order of the rule's queries. */
  readonly queries: readonly Answer<number | null>[];
  readonly windows: WindowFacts;
}

/** What the windows of metrics can tell at this tick, the same for all backends of a route. */
export interface WindowFacts {
  /** Whether the backend must have been sent requests during a window: no series of it is then a series that is missing. */
  wasSentRequests(backend: string, windowMs: number): boolean;
  /** Metrics of this window say nothing yet: the first one after the route was first seen is not over. */
  warmingUp(windowMs: number): boolean;
}
