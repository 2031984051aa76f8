import type { CounterSample } from "./increase.ts";
import type { Counter } from "./meshCounters.ts";
import type { Series } from "./simulatedMesh.ts";

/** A series as Prometheus remembers it. */
export interface Scraped extends Counter {
  /** Oldest first. */
  samples: CounterSample[];
}

/** What scrapes have brought, for as long as anybody asks for it. */
export class ScrapedSeries {
  readonly #series = new Map<string, Scraped>();
  readonly #retentionMs: number;
  /** When it was scraped, also in vain: what a scrape does not show is gone. */
  #scrapes: number[] = [];

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  /** Takes what a scrape has found. */
  take(found: readonly Series[], nowMs: number): void {
    const sinceMs = nowMs - this.#retentionMs;
    for (const series of this.#series.values())
      if ((series.samples[0]?.atMs ?? nowMs) <= sinceMs) series.samples = series.samples.filter(({ atMs }) => atMs > sinceMs);
    this.#scrapes = [...this.#scrapes.filter((atMs) => atMs > sinceMs), nowMs];
    for (const { key, name, labels, value } of found) {
      let series = this.#series.get(key);
      if (series === undefined) {
        series = { key, name, labels, samples: [] };
        this.#series.set(key, series);
      }
      series.samples.push({ atMs: nowMs, value });
    }
  }

  all(): Iterable<Scraped> {
    return this.#series.values();
  }

  /** What an instant query would have found then: of the last scrape, or nothing. */
  valueAt({ samples }: Scraped, thenMs: number): number | null {
    const scrapedMs = this.#scrapes.findLast((atMs) => atMs <= thenMs);
    return scrapedMs === undefined ? null : (samples.findLast(({ atMs }) => atMs === scrapedMs)?.value ?? null);
  }
}
