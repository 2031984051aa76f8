import type { Log } from "../../controller/announcer.ts";
import { WindowNews } from "../../controller/windowNews.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import { measureScrapeInterval } from "../../observer/scrapeInterval.ts";
import type { LiveRules } from "./liveRules.ts";

/** How often scrapes are counted is asked so rarely: it changes when someone changes it. */
const ASK_EVERY_MS = 600_000;
/** Where it is not known yet, and rules that may have been reloaded, are looked at so often. */
const LOOK_EVERY_MS = 60_000;

/** Warns of windows that are too short for how often proxies are scraped, until the signal aborts. No look ever waits for this. */
export function watchScrapes(
  prometheus: PrometheusClient,
  rules: LiveRules,
  log: Log,
  signal: AbortSignal,
  nowMs: () => number = () => performance.now(),
): void {
  const news = new WindowNews(log);
  let known: { readonly scrapeMs: number; readonly atMs: number } | null = null;
  let asking = false;
  const ask = async (): Promise<void> => {
    asking = true;
    const scrapeMs = await measureScrapeInterval(prometheus);
    asking = false;
    // One that is away for a while does not scrape otherwise when it comes back.
    if (scrapeMs !== null) known = { scrapeMs, atMs: nowMs() };
    tell();
  };
  const tell = (): void => {
    if (known !== null && !signal.aborted) news.look(rules.current(), known.scrapeMs);
  };
  const look = (): void => {
    if (asking) return;
    if (known === null || nowMs() - known.atMs >= ASK_EVERY_MS) void ask();
    else tell();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  look();
}
