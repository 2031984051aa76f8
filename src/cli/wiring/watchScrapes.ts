import type { Log } from "../../controller/announcer.ts";
import { WindowNews } from "../../controller/windowNews.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import { measureScrapeInterval } from "../../observer/scrapeInterval.ts";
import type { LiveRules } from "./liveRules.ts";

/** The scrape interval is measured this rarely: it changes only with the configuration of Prometheus. */
const MEASURE_EVERY_MS = 600_000;
/** While it is not known it is measured this often. The rules, which may be reloaded, are checked this often too. */
const CHECK_EVERY_MS = 60_000;

/** Logs a warning for each window that is too short for the scrape interval, until the signal aborts. No tick waits for this. */
export function watchScrapes(
  prometheus: PrometheusClient,
  rules: Pick<LiveRules, "current">,
  log: Log,
  signal: AbortSignal,
  nowMs: () => number = () => performance.now(),
): void {
  const news = new WindowNews(log);
  let known: { readonly scrapeMs: number; readonly atMs: number } | null = null;
  let measuring = false;
  const measure = async (): Promise<void> => {
    measuring = true;
    const scrapeMs = await measureScrapeInterval(prometheus);
    measuring = false;
    // While Prometheus does not answer, the last known interval stands.
    if (scrapeMs !== null) known = { scrapeMs, atMs: nowMs() };
    warn();
  };
  const warn = (): void => {
    if (known !== null && !signal.aborted) news.update(rules.current(), known.scrapeMs);
  };
  const check = (): void => {
    if (measuring) return;
    if (known === null || nowMs() - known.atMs >= MEASURE_EVERY_MS) void measure();
    else warn();
  };
  const timer = setInterval(check, CHECK_EVERY_MS);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  check();
}
