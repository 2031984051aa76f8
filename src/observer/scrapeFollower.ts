import { AGES_QUERY, readAges } from "../linkerd/scrapeQueries.ts";
import type { PrometheusClient } from "./prometheus.ts";
import { measureScrapeInterval } from "./scrapeInterval.ts";
import { agrees, MIN_MARGIN_MS, marginFor, nextMoment, type Rhythm, rhythmOf, type SeenAges, wholeScrapeMs } from "./scrapeRhythm.ts";

/** How often the ages of samples are asked for, once they are known: a scrape keeps its moment for as long as Prometheus runs. */
const ASK_EVERY_MS = 60_000;
/** At first, and whenever samples turn out to arrive later, they are asked for at this many ticks in a row. */
const FIRST_ASKS = 8;
/** So many answers in a row must have the same rhythm. */
const ANSWERS_THAT_AGREE = 3;
/** The scrape interval changes only with the configuration of Prometheus. While it is not known, as with a Prometheus that has just started, each answer needs it. */
const MEASURE_EVERY_MS = 600_000;
/** An answer that took this part of the interval does not tell when it was made. */
const SLOW_PART = 0.1;
const NEVER_MS = Number.NEGATIVE_INFINITY;

export interface FollowerOptions {
  readonly prometheus: Pick<PrometheusClient, "queryAside">;
  readonly intervalMs: number;
  readonly clock: { nowMs(): number };
}

/**
 * Learns when new samples of the clients' proxies arrive in Prometheus, so that a tick can come right after them. Some answers
 * in a row must agree: those of several Prometheus behind one address do not. It asks beside the ticks, which never wait for it.
 * A wrong rhythm is no worse than the fixed interval: there are as many ticks.
 */
export class ScrapeFollower {
  readonly #options: FollowerOptions;
  #scrapeMs: number | null = null;
  #measuredMs = NEVER_MS;
  #askedMs = NEVER_MS;
  #asks = 0;
  #asking = false;
  #marginMs = MIN_MARGIN_MS;
  #found: Rhythm | null = null;
  #agreeing = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** At the begin of a tick. */
  ask(nowMs: number): void {
    const isDue = this.#asks < FIRST_ASKS || nowMs - this.#askedMs >= ASK_EVERY_MS;
    if (this.#asking || !isDue) return;
    this.#asking = true;
    this.#askedMs = nowMs;
    this.#asks += 1;
    void this.#learn(nowMs).finally(() => {
      this.#asking = false;
    });
  }

  /** When the tick after the one at `lastMs` should begin, half an interval to one and a half later; null: nothing tells. */
  nextMs(lastMs: number): number | null {
    return this.#found !== null && this.#agreeing >= ANSWERS_THAT_AGREE ? nextMoment(this.#found, lastMs, this.#options.intervalMs) : null;
  }

  async #learn(nowMs: number): Promise<void> {
    const { prometheus, intervalMs, clock } = this.#options;
    const sentMs = clock.nowMs();
    const answer = await prometheus.queryAside(AGES_QUERY);
    const tookMs = clock.nowMs() - sentMs;
    const isClear = answer.ok && answer.partial === null && tookMs <= SLOW_PART * intervalMs;
    const scrapeMs = isClear ? await this.#measure(nowMs) : null;
    if (!isClear || scrapeMs === null) return this.#forget();
    const seen = { ages: readAges(answer.samples), atMs: nowMs + tookMs / 2 };
    const marginMs = marginFor(seen, scrapeMs, this.#marginMs);
    if (marginMs !== this.#marginMs) this.#asks = 0;
    this.#marginMs = marginMs;
    const rhythm = rhythmOf(seen, scrapeMs, intervalMs, this.#marginMs);
    if (rhythm === null) this.#forget();
    else this.#take(rhythm, seen);
  }

  #take(rhythm: Rhythm, seen: SeenAges): void {
    this.#agreeing = this.#found !== null && agrees(this.#found, rhythm, seen) ? this.#agreeing + 1 : 1;
    this.#found = rhythm;
  }

  #forget(): void {
    this.#found = null;
    this.#agreeing = 0;
  }

  async #measure(nowMs: number): Promise<number | null> {
    if (this.#scrapeMs !== null && nowMs - this.#measuredMs < MEASURE_EVERY_MS) return this.#scrapeMs;
    this.#measuredMs = nowMs;
    const measuredMs = await measureScrapeInterval(this.#options.prometheus);
    const scrapeMs = measuredMs === null ? this.#scrapeMs : wholeScrapeMs(measuredMs);
    // Samples may have been late for a while only.
    if (this.#marginMs > MIN_MARGIN_MS || (this.#scrapeMs === null && scrapeMs !== null)) this.#asks = 0;
    this.#marginMs = MIN_MARGIN_MS;
    return (this.#scrapeMs = scrapeMs);
  }
}
