import { answerLabels, type CounterQuery, type Family, increaseOf } from "./increase.ts";
import { escapeRegex, promDuration, quoted } from "./promqlText.ts";

/**
 * Counters that proxies drop when they are idle. Of proxies that have dropped nothing in the window, and are otherwise the same
 * at both of its ends, the sums can be subtracted, whatever labels tell the series apart.
 */
export function whileSteady(family: Family): CounterQuery {
  const { selector, by, windowMs, byClient } = family;
  const labels = answerLabels(by, byClient);
  const apart: ApartQuery = {
    windowMs,
    changed: changedProxies(windowMs, []),
    steady: (changed) => {
      const others = instancesMatch("!~", changed);
      const since = `label_replace(count(${changedProxies(windowMs, others)}), "${CHANGED_SINCE}", "true", "", "")`;
      return `sum by (${labels}) (${withMatchers(selector, others)}) or ${since}`;
    },
    others: (changed) => increaseOf({ ...family, selector: withMatchers(selector, instancesMatch("=~", changed)) }, "kept"),
  };
  return { promql: increaseOf(family, "kept"), spanMs: null, apart };
}

/** Counters of the steady proxies, whose values can be subtracted, apart from those of the others. All queries are for one end of the window. */
export interface ApartQuery {
  readonly windowMs: number;
  /** Who is not steady: the answer has an `instance` for each. */
  readonly changed: string;
  /** The values of all instances but these, for two moments. A sample with the label CHANGED_SINCE says that others have changed, too. */
  steady(changed: readonly string[]): string;
  /** The increase of these instances. */
  others(changed: readonly string[]): string;
}

/** The label of a sample that is no count: more proxies have changed than it was known. */
export const CHANGED_SINCE = "changed_since";

/** Counts the clients' proxies of which Prometheus does not keep what tells whether they are steady; no result: it keeps it of all. */
export const UNTOLD_QUERY =
  'count(group by (instance, pod) (response_total{direction="outbound"}) unless on (instance, pod) ' +
  "(proxy_build_info and on (instance, pod) scrape_samples_post_metric_relabeling and on (instance, pod) scrape_series_added))";

/**
 * Proxies that were there at either end of the window, and are not steady in it. A steady one is the same process at both ends,
 * reached by one scrape job, and no series of its scrapes has ended: the series at the start and those added since are all there.
 */
function changedProxies(windowMs: number, matchers: readonly string[]): string {
  const ends = ["@ end()", `@ end() offset ${promDuration(windowMs)}`] as const;
  const at = (vector: (end: string) => string) => ends.map(vector).join(" and ");
  const one = at((end) => `sum by (instance, pod) (up ${end}) == 1 and count by (instance, pod) (up ${end}) == 1`);
  const same = ends.map((end) => `max by (instance, pod) (process_start_time_seconds ${end})`).join(" == ");
  const [now = "", then = ""] = ends.map((end) => `sum by (instance, pod) (scrape_samples_post_metric_relabeling ${end})`);
  const added = `sum by (instance, pod) (sum_over_time(scrape_series_added[${promDuration(windowMs)}] @ end()))`;
  const proxies = ends.map((end) => `${withMatchers("proxy_build_info", matchers)} ${end}`).join(" or ");
  return `group by (instance, pod) (${proxies}) unless (${one} and ${same} and ${then} + ${added} == ${now})`;
}

function instancesMatch(operator: "=~" | "!~", instances: readonly string[]): readonly string[] {
  return instances.length === 0 ? [] : [`instance${operator}${quoted(instances.map(escapeRegex).join("|"))}`];
}

function withMatchers(selector: string, more: readonly string[]): string {
  if (more.length === 0) return selector;
  const [name, matchers] = selector.endsWith("}") ? [selector.slice(0, -1), selector.endsWith("{}") ? "" : ","] : [`${selector}{`, ""];
  return `${name}${matchers}${more.join(",")}}`;
}
