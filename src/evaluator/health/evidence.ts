import type { Phase } from "../../routes/route.ts";
import type { ClusterState } from "../model/cluster.ts";
import type { Judgement } from "../model/judgement.ts";
import type { Answer, Counts, Endpoints, Failed, SignalWindow } from "../model/observation.ts";
import type { BackendCounts } from "./backendCounts.ts";

/** The evidence on one backend. Undefined: the signal is off. Null counts: there are no series. */
export interface Evidence {
  readonly backend: string;
  readonly phase: Phase;
  /** Undefined: the Service has no EndpointSlice. */
  readonly endpoints: Endpoints | undefined;
  /** It was removed because of its endpoints, or some of its load has spilled over. */
  readonly lacksLoad: boolean;
  /** The judgement of the last tick; null: this is the first one. It is returned again if nothing has changed. */
  readonly last: Judgement | null;
  /** The state of the cluster that it mirrors through a gateway; undefined: it mirrors none. */
  readonly cluster: ClusterState | undefined;
  readonly successRate: BackendCounts | Failed | undefined;
  readonly latency: Counts | Failed | null | undefined;
  readonly unanswered: Counts | Failed | null | undefined;
  /** In the order of the rule's queries. */
  readonly queries: readonly Answer<number | null>[];
  readonly windows: WindowFacts;
}

/** What is known of the windows of metrics at this tick, for all backends of a route. */
export interface WindowFacts {
  /** Whether the backend must have been sent requests in a window; null: that of an own query. If it has no series then, the reading is `missing`. */
  wasSentRequests(backend: string, window: SignalWindow | null): boolean;
  /** Whether the first window since the route was first seen is not complete. */
  warmingUp(windowMs: number): boolean;
}
