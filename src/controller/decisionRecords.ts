import { ownInput, writeRecord } from "../evaluator/record/decisionRecord.ts";
import type { MadeDecision } from "../evaluator/record/madeDecision.ts";

/** Decisions that are kept with all that they were made from. */
const RECORDS_KEPT = 100;
/** The characters of all records together. The oldest ones make room. */
const MAX_CHARACTERS = 8 * 1_048_576;
/** A longer record is not kept: a route with thousands of clients or backends. */
const MAX_RECORD_CHARACTERS = 1_048_576;
/** To write a record takes as long as to evaluate its route. So it is written later: of many decisions in a row most are gone by then. */
const WRITE_AFTER_MS = 5_000;
/** Time between two of them. */
const WRITE_NEXT_AFTER_MS = 10;

interface Kept {
  readonly key: string;
  readonly text: string;
}

/** The last decisions of all routes, each as the text of a record: nothing else of their ticks is held in memory. */
export class DecisionRecords {
  readonly #version: string;
  /** Oldest first. */
  #kept: Kept[] = [];
  /** Not written yet, the oldest first. */
  readonly #waiting: MadeDecision[] = [];
  #timer: NodeJS.Timeout | null = null;
  #characters = 0;

  constructor(version: string) {
    this.#version = version;
  }

  /** Keeps the decisions of a tick; of very many only the last ones. */
  take(made: readonly MadeDecision[]): void {
    // The observation is right only now, so what concerns the route is taken from it at once.
    for (const { decision, input } of made.slice(-RECORDS_KEPT)) this.#waiting.push({ decision, input: ownInput(input) });
    this.#waiting.splice(0, this.#waiting.length - RECORDS_KEPT);
    if (this.#waiting.length > 0 && this.#timer === null) this.#timer = this.#writeIn(WRITE_AFTER_MS);
  }

  /** The records of a route, the newest first. */
  of(key: string): readonly string[] {
    while (this.#waiting.length > 0) this.#writeNext();
    return this.#kept
      .filter((kept) => kept.key === key)
      .map(({ text }) => text)
      .reverse();
  }

  #writeIn(ms: number): NodeJS.Timeout {
    const write = (): void => {
      this.#writeNext();
      this.#timer = this.#waiting.length === 0 ? null : this.#writeIn(WRITE_NEXT_AFTER_MS);
    };
    return setTimeout(write, ms).unref();
  }

  #writeNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { decision, input } = next;
    const text = writeRecord({ version: this.#version, decision, input });
    if (text.length > MAX_RECORD_CHARACTERS) return;
    this.#kept.push({ key: input.route.key, text });
    this.#characters += text.length;
    while (this.#kept.length > RECORDS_KEPT || this.#characters > MAX_CHARACTERS) this.#characters -= this.#kept.shift()?.text.length ?? 0;
  }
}
