import type { CounterSample } from "./increase.ts";
import type { Counter } from "./meshCounters.ts";
import type { Series } from "./simulatedMesh.ts";

/** A series as Prometheus stores it. */
export interface Scraped extends Counter {
  /** Oldest first. */
  samples: CounterSample[];
}

/** The scraped series, within the retention time. */
export class ScrapedSeries {
  readonly #series = new Map<string, Scraped>();
  readonly #retentionMs: number;
  /** Times of all scrapes, including failed ones: a series that is not in the last scrape is stale. */
  #scrapes: number[] = [];
  #failed = new Set<number>();

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  /** Stores the series of a scrape. */
  take(found: readonly Series[], nowMs: number, isUp = true): void {
    const sinceMs = nowMs - this.#retentionMs;
    for (const series of this.#series.values())
      if ((series.samples[0]?.atMs ?? nowMs) <= sinceMs) series.samples = series.samples.filter(({ atMs }) => atMs > sinceMs);
    this.#scrapes = [...this.#scrapes.filter((atMs) => atMs > sinceMs), nowMs];
    if (!isUp) this.#failed.add(nowMs);
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

  /** Whether the last scrape before that time reached the target. */
  wasUp(thenMs: number): boolean {
    const scrapedMs = this.#scrapes.findLast((atMs) => atMs <= thenMs);
    return scrapedMs !== undefined && !this.#failed.has(scrapedMs);
  }

  /** The value for an instant query at that time, from the last scrape before it; null if that scrape does not have the series. */
  valueAt({ samples }: Scraped, thenMs: number): number | null {
    const scrapedMs = this.#scrapes.findLast((atMs) => atMs <= thenMs);
    return scrapedMs === undefined ? null : (samples.findLast(({ atMs }) => atMs === scrapedMs)?.value ?? null);
  }
}
