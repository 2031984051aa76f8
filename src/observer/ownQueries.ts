import type { Answer } from "../evaluator/model/observation.ts";
import type { BackendQuery } from "./backendQueries.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { QueryAnswer } from "./queryAnswer.ts";
import { TurnQueue } from "./turnQueue.ts";

/** Operators' queries that run at once, in parallel with ours and never delaying them. */
const OWN_QUERIES_AT_ONCE = 2;

/**
 * The operators' queries. No tick waits for them: each tick sends them and uses the answers that have arrived since the
 * last tick, so a slow or wrong query affects only itself. Queries with the same text are sent once.
 */
export class OwnQueries {
  readonly #prometheus: PrometheusClient;
  readonly #ageLimitMs: number;
  /** By key of a query: its text. */
  #texts: ReadonlyMap<string, string> = new Map();
  /** By text: the first namespace that uses it. */
  #wanted: ReadonlyMap<string, string> = new Map();
  readonly #answers = new Map<string, { readonly answer: Answer<number | null>; readonly atMs: number }>();
  /** Texts by namespace: a namespace with many queries does not delay the others. */
  readonly #waiting = new TurnQueue<string>();
  readonly #asked = new Set<string>();
  #nowMs = 0;

  /** An answer older than `ageLimitMs` is stale. */
  constructor(prometheus: PrometheusClient, ageLimitMs: number) {
    this.#prometheus = prometheus;
    this.#ageLimitMs = ageLimitMs;
  }

  /** Sends the queries that are not running already. Answers to queries that are not in the list are dropped. */
  send(queries: readonly BackendQuery[], nowMs: number, atMs?: number): void {
    this.#nowMs = nowMs;
    this.#texts = new Map(queries.map(({ key, text }) => [key, text]));
    // Reversed, so that the first of several queries with the same text is the one that stays in the map.
    this.#wanted = new Map(queries.toReversed().map(({ text, namespace }) => [text, namespace]));
    for (const text of this.#answers.keys()) if (!this.#wanted.has(text)) this.#answers.delete(text);
    this.#waiting.retain((text) => this.#wanted.has(text));
    for (const { text } of queries) if (!this.#asked.has(text)) this.#waiting.add(this.#wanted.get(text) ?? "", text);
    this.#askNext(atMs);
  }

  /** The answers by key of the query; a query without an answer yet is not in the map. */
  answers(nowMs: number): ReadonlyMap<string, Answer<number | null>> {
    const known = new Map<string, Answer<number | null>>();
    for (const [key, text] of this.#texts) {
      const held = this.#answers.get(text);
      if (held === undefined) continue;
      const ageMs = nowMs - held.atMs;
      known.set(key, ageMs > this.#ageLimitMs ? failed(`the last answer is ${Math.round(ageMs / 1000)} s old`) : held.answer);
    }
    return known;
  }

  /** Sends no more queries. */
  stop(): void {
    this.#waiting.retain(() => false);
  }

  #askNext(atMs: number | undefined): void {
    while (this.#asked.size < OWN_QUERIES_AT_ONCE) {
      const text = this.#waiting.take();
      if (text === undefined) return;
      this.#asked.add(text);
      void this.#ask(text, atMs);
    }
  }

  async #ask(text: string, atMs: number | undefined): Promise<void> {
    const sentMs = this.#nowMs;
    const answer = readNumber(await this.#prometheus.queryAside(text, atMs));
    this.#asked.delete(text);
    if (this.#wanted.has(text)) this.#answers.set(text, { answer, atMs: sentMs });
    this.#askNext(atMs);
  }
}

/** The one number of the answer, or null if it has no series; any other answer is `failed`, a partial one too. */
export function readNumber(answer: QueryAnswer): Answer<number | null> {
  if (!answer.ok) return failed(answer.why);
  if (answer.partial !== null) return failed(`the answer is partial: ${answer.partial}`);
  const [first, ...others] = answer.samples;
  if (first === undefined) return { state: "answered", value: null };
  if (others.length > 0) return failed(`the answer has ${answer.samples.length} series, not one`);
  return Number.isFinite(first.value) ? { state: "answered", value: first.value } : failed(`the answer is ${first.value}`);
}

function failed(error: string): Answer<never> {
  return { state: "failed", error };
}
