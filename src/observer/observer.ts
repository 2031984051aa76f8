/**
 * observer/ — the eyes.
 *
 * Watches the cluster, asks Prometheus and hands over an Observation. It must never judge and never throw at its
 * caller: doubt is data (`stale`, `failed`).
 */
import type { Observation } from "../evaluator/observation.ts";

export interface Observer {
  /** Fills the caches, resolves when they are filled; keeps watching until the signal aborts. */
  start(signal: AbortSignal): Promise<void>;
  /** What is seen now. `metrics: "fresh"` asks Prometheus, `"last"` hands over its last answer. Never throws. */
  observe(nowMs: number, metrics: "fresh" | "last"): Promise<Observation>;
}
