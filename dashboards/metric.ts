import { METRIC_PREFIX, type METRICS } from "../src/admin/metricsTable.ts";

type Row = (typeof METRICS)[number];
type LabelOf<N extends Row["name"]> = Extract<Row, { name: N }>["labels"][number];

/** What a label must match: a text, or a Prometheus regular expression. */
export type Matcher = string | { readonly like: string };
export type Matchers<N extends Row["name"]> = { readonly [label in LabelOf<N> | "cluster" | "job"]?: Matcher };

/** The labels that identify a route. */
export const ROUTE = "kind, namespace, route";
/** The labels that identify a backend of a route. */
export const BACKEND = `${ROUTE}, backend`;
/** The labels that identify a replica; Prometheus adds them when it scrapes. */
export const REPLICA = "job, instance";
/** The labels that identify an installation, for several installations in one Prometheus. */
export const INSTALLATION = "job, namespace";

/** A selector of one of our metrics. The types come from the metrics table, so an unknown name or label does not compile. */
export function metric<const N extends Row["name"]>(name: N, matchers?: Matchers<N>): string {
  return selector(`${METRIC_PREFIX}${name}`, matchers);
}

/** Name of a histogram's series: its `bucket`s, or the `count` of its observations. */
export function histogram(name: Extract<Row, { type: "histogram" }>["name"], part: "bucket" | "count"): string {
  return `${METRIC_PREFIX}${name}_${part}`;
}

/**
 * PromQL for the increase of a counter by route in a window, including its first event. Such a series starts at 1, which
 * `increase` does not count. A series counts as new if the previous window does not have it and either the replica was
 * scraped in that window or its process is younger than the two windows; so a gap in the scrapes is not taken for a start.
 */
export function risen(series: string, window: string): string {
  const before = (of: string) => `last_over_time(${of}[${window}] offset ${window})`;
  // PromQL cannot calculate with durations, but it can return the time of one window ago.
  const windowAgo = `scalar(last_over_time(vector(time())[1s:1s] offset ${window}))`;
  const young = `process_start_time_seconds > 2 * ${windowAgo} - time()`;
  const begun = `${series} unless ${before(series)} and on (${REPLICA}) (${before(metric("build_info"))} or ${young})`;
  return `(${begun} or increase(${series}[${window}]))`;
}

function selector(name: string, matchers: Readonly<Record<string, Matcher | undefined>> = {}): string {
  const terms = Object.entries(matchers).flatMap(([label, matcher]) => {
    if (matcher === undefined) return [];
    return typeof matcher === "string" ? `${label}="${matcher}"` : `${label}=~"${matcher.like}"`;
  });
  return terms.length === 0 ? name : `${name}{${terms.join(", ")}}`;
}
