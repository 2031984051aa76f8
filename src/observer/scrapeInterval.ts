import { readScrapeInterval, SCRAPE_QUERIES } from "../linkerd/scrapeQueries.ts";
import type { PrometheusClient } from "./prometheus.ts";

/**
 * The scrape interval of Linkerd's proxies in milliseconds, measured from their samples; null while it is unknown.
 * It uses `queryAside`, so it delays no query that a tick waits for.
 */
export async function measureScrapeInterval(prometheus: Pick<PrometheusClient, "queryAside">): Promise<number | null> {
  for (const query of SCRAPE_QUERIES) {
    const answer = await prometheus.queryAside(query.promql);
    // If this query fails, the next one fails, too.
    if (!answer.ok) return null;
    const interval = readScrapeInterval(answer.samples, query);
    if (interval !== null) return interval;
  }
  return null;
}
