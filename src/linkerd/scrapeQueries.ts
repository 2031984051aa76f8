import type { Sample } from "./counts.ts";

/** What tells how often Linkerd's proxies are scraped: how many scrapes there were in a time. */
export interface ScrapeQuery {
  readonly promql: string;
  readonly overMs: number;
}

/**
 * Long enough that one scrape more or less is not seen; short enough that a Prometheus that has just started, or proxies
 * that have just come, soon tell something.
 */
const OVER = [
  { text: "10m", ms: 600_000 },
  { text: "1m", ms: 60_000 },
  { text: "10s", ms: 10_000 },
] as const;

/** The series of clients. Proxies without a client's requests have others, so `up` is known sooner. */
const CLIENTS = 'response_total{direction="outbound"}';

/**
 * The questions in the order of trust; the first one with an answer counts. `up` is written at every scrape of a target
 * and is cheap to count; where it is not kept, as after federation, the samples of the proxies' own series are counted.
 * Only what was there at the beginning of the time counts: of anything younger the scrapes are too few.
 */
export const SCRAPE_QUERIES: readonly ScrapeQuery[] = OVER.flatMap(({ text, ms }) => [
  { promql: `max by (job) ((count_over_time(up[${text}]) and up offset ${text}) and on (job, instance) response_total)`, overMs: ms },
  { promql: `max by (job) (count_over_time(${CLIENTS}[${text}]) and ${CLIENTS} offset ${text})`, overMs: ms },
]);

/** The time between two scrapes of the job that scrapes most rarely, in milliseconds; null where nothing was told. */
export function readScrapeInterval(samples: readonly Sample[], { overMs }: ScrapeQuery): number | null {
  const counts = samples.map(({ value }) => value).filter((value) => value > 0 && Number.isFinite(value));
  return counts.length === 0 ? null : overMs / Math.min(...counts);
}
