import type { Brakes } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";

/** Who left its baseline by metrics lately, and how many more may. */
export class Departures {
  readonly #atMs: Map<string, number>;
  readonly #most: number;

  /** Of those that are remembered the recent ones count; a time to come is another clock's. */
  constructor(before: ReadonlyMap<string, number>, routes: number, { maxShifted }: Brakes, nowMs: number) {
    this.#most = Math.max(maxShifted.atLeast, Math.floor(maxShifted.share * routes));
    this.#atMs = new Map();
    for (const [key, atMs] of before) if (nowMs - atMs < maxShifted.withinMs) this.#atMs.set(key, Math.min(atMs, nowMs));
  }

  /** Whether this route may leave now: it has left already, or others have left the room. */
  allows(key: string): boolean {
    return this.#atMs.has(key) || this.#atMs.size < this.#most;
  }

  /** The newest departure of a route counts: one that left, returned and left again is away since the last one. */
  note(key: string, atMs: number): void {
    this.#atMs.set(key, Math.max(this.#atMs.get(key) ?? atMs, atMs));
  }

  all(): ReadonlyMap<string, number> {
    return this.#atMs;
  }
}

/** Whether a backend that carried some of the load has left on metrics at this tick, other than by a relapse. */
export function leftByMetrics({ before, state }: BackendReport): boolean {
  if (state.phase !== "out" || state.cause === "readiness" || state.cause === "gateway") return false;
  return before.phase === "serving" || before.phase === "suspect";
}
