import type { Metrics } from "../evaluator/model/observation.ts";
import type { Suspects } from "../evaluator/model/suspects.ts";
import type { PrometheusName } from "../rules/prometheusName.ts";
import type { Questions } from "../rules/questions.ts";
import type { MetricsReader, Subjects } from "./metricsReader.ts";
import { settledWithin } from "./settledWithin.ts";

/** A tick waits so long for the main Prometheus after the fast one has answered. */
const WAIT_MS = 250;

/** What the rules ask each of the two. */
export type QuestionsAt = (name: PrometheusName) => Questions;

/**
 * Reads the metrics of two Prometheus. A tick waits for the fast one. The main one gets a moment more, and what it answers later is for
 * the next tick: while it hangs, the fast one acts as soon as ever.
 */
export class TwoReaders {
  readonly #fast: MetricsReader;
  readonly #main: MetricsReader;
  #asking: Promise<unknown> | null = null;

  constructor(fast: MetricsReader, main: MetricsReader) {
    this.#fast = fast;
    this.#main = main;
  }

  /** As `MetricsReader.ask`. While the main one has not answered, it is asked nothing else. */
  async ask(subjects: Subjects, questionsAt: QuestionsAt, nowMs: number): Promise<Metrics> {
    const about = (name: PrometheusName) => ({ ...subjects, suspects: suspectsAt(subjects.suspects, name) });
    this.#asking ??= this.#main.ask(about("main"), questionsAt("main"), nowMs).finally(() => {
      this.#asking = null;
    });
    const main = this.#asking;
    await this.#fast.ask(about("fast"), questionsAt("fast"), nowMs);
    await settledWithin(main, WAIT_MS);
    return this.last(questionsAt, nowMs);
  }

  /** As `MetricsReader.last`. */
  last(questionsAt: QuestionsAt, nowMs: number): Metrics {
    const { queries, ...fast } = this.#fast.last(questionsAt("fast"), nowMs);
    const main = this.#main.last(questionsAt("main"), nowMs);
    // The rules' own queries have names of their own, so it does not matter who answered them.
    return { ...fast, queries: new Map([...queries, ...main.queries]), main: { ...main, queries: new Map() } };
  }

  /** As `MetricsReader.stop`. */
  stop(): void {
    this.#fast.stop();
    this.#main.stop();
  }
}

function suspectsAt(suspects: Suspects = new Map(), name: PrometheusName): Suspects {
  return new Map([...suspects].filter(([, { prometheus }]) => (prometheus === "main") === (name === "main")));
}
