import { writeRecord } from "../evaluator/record/decisionRecord.ts";
import type { MadeDecision } from "../evaluator/record/madeDecision.ts";

/** Decisions that are kept with all that they were made from. */
const RECORDS_KEPT = 100;
/** The characters of all records together. The oldest ones make room. */
const MAX_CHARACTERS = 8 * 1_048_576;
/** A longer record is not kept: a route with thousands of clients or backends. */
const MAX_RECORD_CHARACTERS = 1_048_576;

interface Kept {
  readonly key: string;
  readonly text: string;
}

/** The last decisions of all routes, each as the text of a record, so that nothing else of their ticks is held in memory. */
export class DecisionRecords {
  readonly #version: string;
  /** Oldest first. */
  #kept: Kept[] = [];
  #characters = 0;

  constructor(version: string) {
    this.#version = version;
  }

  /** Keeps the decisions of a tick; of very many only the last ones. */
  take(made: readonly MadeDecision[]): void {
    for (const { decision, input } of made.slice(-RECORDS_KEPT)) {
      const text = writeRecord({ version: this.#version, decision, input });
      if (text.length > MAX_RECORD_CHARACTERS) continue;
      this.#kept.push({ key: input.route.key, text });
      this.#characters += text.length;
    }
    while (this.#kept.length > RECORDS_KEPT || this.#characters > MAX_CHARACTERS) this.#characters -= this.#kept.shift()?.text.length ?? 0;
  }

  /** The records of a route, the newest first. */
  of(key: string): readonly string[] {
    return this.#kept
      .filter((kept) => kept.key === key)
      .map(({ text }) => text)
      .reverse();
  }
}
