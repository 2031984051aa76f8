import type { CounterSample } from "./increase.ts";
import type { Counter } from "./meshCounters.ts";
import type { Series } from "./simulatedMesh.ts";

/** A series as Prometheus stores it. One counter has several if its target's labels change, or if several jobs scrape it. */
export interface Scraped extends Counter {
  /** The key of the counter. */
  readonly counter: string;
  readonly job: string;
  /** Oldest first. */
  samples: CounterSample[];
}

/** The labels that a scrape adds to all series. */
export interface Target {
  readonly job: string;
  /** Labels of the pod that change while it runs. */
  readonly revision: number;
  /** Labels that tell clusters apart. */
  readonly cluster: string | null;
}

export const PLAIN_TARGET: Target = { job: "", revision: 0, cluster: null };

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

  /** Stores the series of a scrape, once for each target. */
  take(found: readonly Series[], nowMs: number, isUp = true, targets: readonly Target[] = [PLAIN_TARGET]): void {
    const sinceMs = nowMs - this.#retentionMs;
    for (const series of this.#series.values())
      if ((series.samples[0]?.atMs ?? nowMs) <= sinceMs) series.samples = series.samples.filter(({ atMs }) => atMs > sinceMs);
    this.#scrapes = [...this.#scrapes.filter((atMs) => atMs > sinceMs), nowMs];
    if (!isUp) this.#failed.add(nowMs);
    for (const target of targets) for (const series of found) this.#take(series, target, nowMs);
  }

  #take({ key, name, labels, value }: Series, { job, revision, cluster }: Target, nowMs: number): void {
    const stored = job === "" && revision === 0 ? key : `${key} ${job} ${revision}`;
    let series = this.#series.get(stored);
    if (series === undefined) {
      series = { key: stored, counter: key, job, name, labels: cluster === null ? labels : { cluster, ...labels }, samples: [] };
      this.#series.set(stored, series);
    }
    series.samples.push({ atMs: nowMs, value });
  }

  all(): Iterable<Scraped> {
    return this.#series.values();
  }

  /** Whether the last scrape before that time reached the target. */
  wasUp(thenMs: number): boolean {
    const scrapedMs = this.#scrapes.findLast((atMs) => atMs <= thenMs);
    return scrapedMs !== undefined && !this.#failed.has(scrapedMs);
  }

  /** How long ago its target was last reached; null: never. */
  ageMs(nowMs: number): number | null {
    const scrapedMs = this.#scrapes.findLast((atMs) => atMs <= nowMs && !this.#failed.has(atMs));
    return scrapedMs === undefined ? null : nowMs - scrapedMs;
  }

  /** The time between the last two scrapes; null: there were no two. */
  get scrapeMs(): number | null {
    const [before, last] = this.#scrapes.slice(-2);
    return before === undefined || last === undefined ? null : last - before;
  }

  /** Whether all scraped targets are the same ones at both times, and no series has ended or begun anew. */
  isSteady(thenMs: number, nowMs: number): boolean {
    if (!this.wasUp(thenMs) || !this.wasUp(nowMs)) return false;
    const seen = new Set<string>();
    for (const series of this.#series.values()) {
      const [then, now] = [this.valueAt(series, thenMs), this.valueAt(series, nowMs)];
      if (then !== null && (now === null || now < then)) return false;
      if (now === null) continue;
      if (seen.has(series.counter)) return false;
      seen.add(series.counter);
    }
    return true;
  }

  /** The value for an instant query at that time, from the last scrape before it; null if that scrape does not have the series. */
  valueAt({ samples }: Scraped, thenMs: number): number | null {
    const scrapedMs = this.#scrapes.findLast((atMs) => atMs <= thenMs);
    return scrapedMs === undefined ? null : (samples.findLast(({ atMs }) => atMs === scrapedMs)?.value ?? null);
  }
}
