import { readScrapeInterval, SCRAPE_QUERIES } from "../linkerd/scrapeQueries.ts";
import type { PrometheusClient } from "./prometheus.ts";

/**
 * How often Linkerd's proxies are scraped, in milliseconds, as their samples tell; null where it is not known (yet).
 * The questions wait for no turn: nothing that a look waits for is asked later for their sake.
 */
export async function measureScrapeInterval(prometheus: PrometheusClient): Promise<number | null> {
  for (const query of SCRAPE_QUERIES) {
    const answer = await prometheus.queryAside(query.promql);
    // One that cannot answer this will not answer the next one either.
    if (!answer.ok) return null;
    const interval = readScrapeInterval(answer.samples, query);
    if (interval !== null) return interval;
  }
  return null;
}
