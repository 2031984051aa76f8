import type { Decision, Outcome } from "../evaluator/model/decision.ts";

/** Decisions that are kept for the API and the status page. */
const DECISIONS_KEPT = 1_000;

/** A decision and its outcome. */
export interface RecordedDecision {
  readonly atMs: number;
  readonly decision: Decision;
  readonly outcome: Outcome;
}

/** The last decisions; a new one replaces the oldest. */
export class DecisionRing {
  readonly #kept: RecordedDecision[] = [];
  #next = 0;

  add(record: RecordedDecision): void {
    this.#kept[this.#next] = record;
    this.#next = (this.#next + 1) % DECISIONS_KEPT;
  }

  newestFirst(): readonly RecordedDecision[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)].reverse();
  }
}
