import type { Answer, Gateway } from "./observation.ts";

/** A linked cluster that is reached through a gateway. */
export interface ClusterState {
  readonly name: string;
  /** `dying`: dead at one tick. `unprobed`: the service mirror does not probe it. `unknown`: Prometheus does not answer. */
  readonly gateway: "alive" | "dying" | "dead" | "unprobed" | "unknown";
  readonly sinceMs: number;
  /** The last certain value; null: there was none yet. */
  readonly known: "alive" | "dead" | null;
}

/** The linked clusters whose Services managed routes use. */
export interface Clusters {
  readonly byName: ReadonlyMap<string, ClusterState>;
  /** The answer that `byName` was computed from. A tick that sees the same answer again is no new evidence. */
  readonly answer: Answer<ReadonlyMap<string, Gateway>> | null;
}

export const NO_CLUSTERS: Clusters = { byName: new Map(), answer: null };
