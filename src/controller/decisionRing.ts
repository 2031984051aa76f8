import type { Decision, Outcome } from "../evaluator/model/decision.ts";

/** Decisions that are kept for those who ask. */
const DECISIONS_KEPT = 1_000;

/** A decision, and what became of it. */
export interface RecordedDecision {
  readonly atMs: number;
  readonly decision: Decision;
  readonly outcome: Outcome;
}

/** The last decisions, newest first when read; the oldest make room. */
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
