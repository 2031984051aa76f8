import type { Answer } from "../evaluator/model/observation.ts";
import type { BackendQuery } from "./backendQueries.ts";
import type { PrometheusClient, QueryAnswer } from "./prometheus.ts";
import { TurnQueue } from "./turnQueue.ts";

/** So few own queries run at once, beside and never before the questions of ours. */
const OWN_QUERIES_AT_ONCE = 2;

/**
 * The operators' own queries. Nobody waits for them: a look sends them off and hands over what came back since the last
 * one, so one that is slow or wrong spoils nothing but itself. Equal texts are asked once.
 */
export class OwnQueries {
  readonly #prometheus: PrometheusClient;
  readonly #ageLimitMs: number;
  /** Where each key's answer is found. */
  #texts: ReadonlyMap<string, string> = new Map();
  /** By text: the first namespace that asks for it. */
  #wanted: ReadonlyMap<string, string> = new Map();
  readonly #answers = new Map<string, { readonly answer: Answer<number | null>; readonly atMs: number }>();
  /** Texts, by namespace: a crowded one waits for itself. */
  readonly #waiting = new TurnQueue<string>();
  readonly #asked = new Set<string>();
  #nowMs = 0;

  /** An answer is believed for so long. */
  constructor(prometheus: PrometheusClient, ageLimitMs: number) {
    this.#prometheus = prometheus;
    this.#ageLimitMs = ageLimitMs;
  }

  /** Sends off what is not under way already. What is not in the list is forgotten. */
  send(queries: readonly BackendQuery[], nowMs: number, atMs?: number): void {
    this.#nowMs = nowMs;
    this.#texts = new Map(queries.map(({ key, text }) => [key, text]));
    // Of equal texts the first one counts, which is the last one to be put into the map.
    this.#wanted = new Map(queries.toReversed().map(({ text, namespace }) => [text, namespace]));
    for (const text of this.#answers.keys()) if (!this.#wanted.has(text)) this.#answers.delete(text);
    this.#waiting.retain((text) => this.#wanted.has(text));
    for (const { text } of queries) if (!this.#asked.has(text)) this.#waiting.add(this.#wanted.get(text) ?? "", text);
    this.#askNext(atMs);
  }

  /** By key, what is known by now; what was not answered yet is not among them. */
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

  /** Asks no more. */
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

/** One number, or none; anything else is no answer to the question that a rule asks. */
export function readNumber(answer: QueryAnswer): Answer<number | null> {
  if (!answer.ok) return failed(answer.why);
  const [first, ...others] = answer.samples;
  if (first === undefined) return { state: "answered", value: null };
  if (others.length > 0) return failed(`the answer has ${answer.samples.length} series, not one`);
  return Number.isFinite(first.value) ? { state: "answered", value: first.value } : failed(`the answer is ${first.value}`);
}

function failed(error: string): Answer<never> {
  return { state: "failed", error };
}
