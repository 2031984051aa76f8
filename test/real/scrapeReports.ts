/** What Prometheus notes of each scrape: how many samples it had, and how many of their series the scrape before had not. */
export class ScrapeReports {
  readonly #targets = new Map<string, Map<number, Set<string>>>();

  /** Takes a sample of a series. `target` and `series` are labels, as OpenMetrics has them. */
  add(target: string, series: string, atMs: number): void {
    const scrapes = this.#targets.get(target) ?? new Map<number, Set<string>>();
    scrapes.set(atMs, (scrapes.get(atMs) ?? new Set()).add(series));
    this.#targets.set(target, scrapes);
  }

  *all(): Iterable<readonly [family: string, target: string, value: number, atMs: number]> {
    for (const [target, scrapes] of this.#targets) {
      let before: ReadonlySet<string> = new Set();
      for (const [atMs, series] of [...scrapes].sort(([a], [b]) => a - b)) {
        yield ["scrape_samples_post_metric_relabeling", target, series.size, atMs];
        yield ["scrape_series_added", target, [...series].filter((one) => !before.has(one)).length, atMs];
        before = series;
      }
    }
  }
}
