import type { Sample } from "./counts.ts";

/** A query that counts the scrapes of Linkerd's proxies in a time span. */
export interface ScrapeQuery {
  readonly promql: string;
  readonly overMs: number;
}

/**
 * The time spans, the longest first. A long one is precise; a short one gives a result soon after Prometheus or the proxies
 * have started.
 */
const OVER = [
  { text: "10m", ms: 600_000 },
  { text: "1m", ms: 60_000 },
  { text: "10s", ms: 10_000 },
] as const;

/** The series of clients. They appear later than `up`: with the first request. */
const CLIENTS = 'response_total{direction="outbound"}';

/**
 * The queries in order of preference; the first one with a result counts. `up` has a sample for every scrape and is cheap to
 * count. If it is not kept, as after federation, the samples of the proxies' own series are counted. Series that are younger
 * than the time span are left out: they have too few samples.
 */
export const SCRAPE_QUERIES: readonly ScrapeQuery[] = OVER.flatMap(({ text, ms }) => [
  { promql: `max by (job) ((count_over_time(up[${text}]) and up offset ${text}) and on (job, instance) response_total)`, overMs: ms },
  { promql: `max by (job) (count_over_time(${CLIENTS}[${text}]) and ${CLIENTS} offset ${text})`, overMs: ms },
]);

/** The scrape interval of the slowest job, in milliseconds; null: no result. */
export function readScrapeInterval(samples: readonly Sample[], { overMs }: ScrapeQuery): number | null {
  const counts = samples.map(({ value }) => value).filter((value) => value > 0 && Number.isFinite(value));
  return counts.length === 0 ? null : overMs / Math.min(...counts);
}

/** How many proxies have a last sample of this age. */
export interface SampleAge {
  readonly ageMs: number;
  readonly proxies: number;
}

/** The ages are rounded to this, so that many proxies give few of them. */
export const AGE_STEP_MS = 50;

/** The ages of the last samples of the clients' proxies. Both times are Prometheus's own, so its clock may differ from ours. */
export const AGES_QUERY = `count_values("age", round(time() - max by (job, instance, pod, namespace) (timestamp(${CLIENTS})), ${AGE_STEP_MS / 1_000}))`;

export function readAges(samples: readonly Sample[]): readonly SampleAge[] {
  return samples
    .map(({ labels, value }) => ({ ageMs: Math.round(Number(labels["age"] ?? Number.NaN) * 1_000), proxies: value }))
    .filter(({ ageMs, proxies }) => Number.isFinite(ageMs) && Number.isFinite(proxies) && proxies > 0);
}
