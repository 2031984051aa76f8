import type { Answer, ClientCounts, Metrics } from "../evaluator/model/observation.ts";
import type { Suspects } from "../evaluator/model/suspects.ts";
import type { Route } from "../routes/route.ts";
import { askClients } from "./clientInquiry.ts";
import type { Kept } from "./kept.ts";
import type { PrometheusClient } from "./prometheus.ts";
import { settledWithin } from "./settledWithin.ts";

/** An answer that is older than this many intervals holds nothing: the failures may have become general since. */
const ANSWER_AGE_LIMIT_INTERVALS = 2;

/** A tick waits so long for the clients after all other answers are there. */
const WAIT_MS = 250;

/** No more suspect routes are asked about at once: in 100 routes 40 clients have some 50 000 series. The others get no answer. */
export const CLIENTS_ROUTES_LIMIT = 100;

/** Asks about the clients of suspect routes, beside the queries of a tick, and keeps the last answers. */
export class ClientReader {
  readonly #prometheus: PrometheusClient;
  readonly #ageLimitMs: number;
  #held: { readonly answers: NonNullable<Metrics["clients"]>; readonly sentMs: number } | null = null;
  #asking: Promise<void> | null = null;

  constructor(prometheus: PrometheusClient, intervalMs: number) {
    this.#prometheus = prometheus;
    this.#ageLimitMs = ANSWER_AGE_LIMIT_INTERVALS * intervalMs;
  }

  /** Sends the queries. While the last ones run, and without suspects, it sends none. */
  send(routes: readonly Route[], suspects: Suspects, kept: () => Promise<Kept>, nowMs: number, atMs?: number): void {
    if (suspects.size === 0) this.#held = null;
    else this.#asking ??= this.#ask(routes, suspects, kept, nowMs, atMs);
  }

  /** Waits a little for the answers. Later ones are for the next tick, so that they delay nothing. */
  async settled(): Promise<void> {
    if (this.#asking !== null) await settledWithin(this.#asking, WAIT_MS);
  }

  /** The last answers that are not too old. */
  answers(nowMs: number): Pick<Metrics, "clients"> {
    return this.#held === null || nowMs - this.#held.sentMs > this.#ageLimitMs ? {} : { clients: this.#held.answers };
  }

  async #ask(
    routes: readonly Route[],
    suspects: Suspects,
    kept: () => Promise<Kept>,
    sentMs: number,
    atMs: number | undefined,
  ): Promise<void> {
    const answers = await clientsAt(this.#prometheus, routes, suspects, await kept(), atMs);
    this.#held = { answers, sentMs };
    this.#asking = null;
  }
}

/** What the clients of suspect routes counted, at `atMs` or now. */
export async function clientsAt(
  prometheus: PrometheusClient,
  routes: readonly Route[],
  suspects: Suspects,
  kept: Kept,
  atMs: number | undefined,
): Promise<NonNullable<Metrics["clients"]>> {
  const concerned = routes.filter(({ key }) => suspects.has(key)).slice(0, CLIENTS_ROUTES_LIMIT);
  const answers = new Map<string, Answer<ClientCounts>>();
  await Promise.all(
    [...Map.groupBy(concerned, ({ key }) => suspects.get(key)?.windowMs ?? 0)].map(async ([windowMs, own]) => {
      const answer = await askClients(prometheus, own, windowMs, kept, atMs);
      for (const { key } of own) answers.set(key, answer);
    }),
  );
  return answers;
}
