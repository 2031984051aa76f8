import type { Answer, Gateway } from "./observation.ts";

/** A linked cluster that is reached through a gateway. */
export interface ClusterState {
  readonly name: string;
  /** `dying`: seen dead for the first time. `unprobed`: nobody probes it. `unknown`: Prometheus does not answer. */
  readonly gateway: "alive" | "dying" | "dead" | "unprobed" | "unknown";
  readonly sinceMs: number;
  /** What it was last for sure; null: never yet. */
  readonly known: "alive" | "dead" | null;
}

/** What is remembered of the linked clusters whose Services managed routes use. */
export interface Clusters {
  readonly byName: ReadonlyMap<string, ClusterState>;
  /** The answer that they follow from: looks between two answers are none of their own. */
  readonly answer: Answer<ReadonlyMap<string, Gateway>> | null;
}

export const NO_CLUSTERS: Clusters = { byName: new Map(), answer: null };
