import { METRIC_PREFIX, type METRICS } from "../src/admin/metricsTable.ts";

type Row = (typeof METRICS)[number];
type LabelOf<N extends Row["name"]> = Extract<Row, { name: N }>["labels"][number];

/** What a label must be: a text, or a regular expression in Prometheus' spelling. */
export type Matcher = string | { readonly like: string };
export type Matchers<N extends Row["name"]> = { readonly [label in LabelOf<N>]?: Matcher };

/** What names a route in every metric of it. */
export const ROUTE = "kind, namespace, route";
/** What names a backend of a route. */
export const BACKEND = `${ROUTE}, backend`;
/** What names a replica: the labels that Prometheus gives to what it scrapes. */
export const REPLICA = "job, instance";
/** What the replicas of one installation have in common, where several write into one Prometheus. */
export const INSTALLATION = "job, namespace";

/** A selector of one of our metrics. Names and labels are those of the table, so a renamed one does not compile. */
export function metric<const N extends Row["name"]>(name: N, matchers?: Matchers<N>): string {
  return selector(`${METRIC_PREFIX}${name}`, matchers);
}

/** A part of a histogram: its `bucket`s, or the `count` of what it has observed. */
export function histogram(name: Extract<Row, { type: "histogram" }>["name"], part: "bucket" | "count"): string {
  return `${METRIC_PREFIX}${name}_${part}`;
}

/**
 * How much a counter by route has risen in a window, its first event included: such a series begins with 1, and
 * `increase` sees no rise in that. What was there in the window before, too, has not begun in this one; nor has what
 * comes back after a gap of scrapes. So it counts as begun only where the replica was scraped without it in the window
 * before, or has not lived for longer than the two.
 */
export function risen(series: string, window: string): string {
  const before = (of: string) => `last_over_time(${of}[${window}] offset ${window})`;
  // Durations cannot be reckoned with, but the time can be asked for that was a window ago.
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
