import type { Brakes } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";

/** The routes that left their baseline because of metrics within `maxShifted.within`, and whether another one may. */
export class Departures {
  readonly #atMs: Map<string, number>;
  readonly #most: number;

  /** Only recent departures count. A time in the future comes from the clock of another replica and counts as now. */
  constructor(before: ReadonlyMap<string, number>, routes: number, { maxShifted }: Brakes, nowMs: number) {
    this.#most = Math.max(maxShifted.atLeast, Math.floor(maxShifted.share * routes));
    this.#atMs = new Map();
    for (const [key, atMs] of before) if (nowMs - atMs < maxShifted.withinMs) this.#atMs.set(key, Math.min(atMs, nowMs));
  }

  /** Whether this route may leave now: it has left already, or fewer routes than the limit have. */
  allows(key: string): boolean {
    return this.#atMs.has(key) || this.#atMs.size < this.#most;
  }

  /** Notes a departure. Only the last one of a route counts. */
  note(key: string, atMs: number): void {
    this.#atMs.set(key, Math.max(this.#atMs.get(key) ?? atMs, atMs));
  }

  all(): ReadonlyMap<string, number> {
    return this.#atMs;
  }
}

/** Whether a backend was removed because of metrics at this tick. A relapse does not count. */
export function leftByMetrics({ before, state }: BackendReport): boolean {
  if (state.phase !== "out" || state.cause === "readiness" || state.cause === "gateway") return false;
  return before.phase === "serving" || before.phase === "suspect";
}
