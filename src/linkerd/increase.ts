import { promDuration } from "./promqlText.ts";
import type { ApartQuery } from "./steady.ts";

/**
 * How counters are counted in a window.
 *
 * A proxy is identified by `instance` and `pod`, never by `job` or a label of its pod: these change while the proxy runs, and
 * a second job or replica counts the same proxy again. A counter under new labels counts nothing of its past, and nothing twice.
 */

/** Whether Prometheus keeps `up` and `process_start_time_seconds` of the proxies. Without them a new proxy counts one scrape later. */
export type ProxyClock = "kept" | "lost";

/** A family of counters in a window. */
export interface Family {
  /** An exact metric name with its matchers, as `name{label="value"}`. */
  readonly selector: string;
  /** The labels of the answer. */
  readonly by: readonly string[];
  /** Other labels of the family that tell its series apart, as far as they matter: by them a new series is known. */
  readonly own: readonly string[];
  readonly windowMs: number;
  /** Each proxy counts for itself: the answer also has the labels that identify it. */
  readonly byClient?: boolean | undefined;
}

/** The labels that identify a proxy. */
export const PROXY = ["instance", "pod"] as const;

/** A proxy that started this much before the window was new in it: its counts of that time are few. */
export const START_MARGIN_MS = 15_000;

/**
 * The increase of any counters, also of those that proxies drop when they are idle: of each counter its value, less that of one
 * window ago. A counter that did not exist then, or counts anew, has its whole value in the window, but only if its proxy is known to
 * have existed, or to be new. So all families of a proxy are counted between the same two scrapes, and their numbers agree wherever in
 * the window the requests were. `increase()` would ignore what a counter grew by before its first sample in the window, and
 * multiply the rest; it counts only those proxies of which nothing is known without a clock. `own` must be complete here.
 */
export function increaseOf({ selector, by, own, windowMs, byClient }: Family, clock: ProxyClock): string {
  // Series of other jobs, of replicas of Prometheus and of a target before it was relabelled are the same counter.
  const counter = `max by (instance, pod, ${[...by, ...own].join(", ")})`;
  const now = `${counter} (${selector})`;
  const then = `${selector} offset ${promDuration(windowMs)}`;
  const grown = `(${now} - ${counter} (${then}) >= 0) or ${now}`;
  const known = clock === "kept" ? knownProxies(windowMs) : `group by (instance, pod) (${then})`;
  const exact = `(${grown}) and on (instance, pod) (${known})`;
  const late = `${counter} (increase(${selector}[${promDuration(windowMs)}]))`;
  return `sum by (${answerLabels(by, byClient)}) (${clock === "kept" ? exact : `(${exact}) or ${late}`})`;
}

/** A query of counters. */
export interface CounterQuery {
  readonly promql: string;
  /** It is for two moments that are this far apart, and the increase is the difference of its values. Null: its value is the increase. */
  readonly spanMs: number | null;
  /** What is asked instead while few proxies have changed, to the same effect: it costs less, and of most proxies it is exact. */
  readonly apart?: ApartQuery;
}

/**
 * Counters that proxies keep as long as they live, for two moments: the end of a window, and its start. The difference of the two
 * values is exact, and all families of a proxy come from the same two scrapes. `own` must be complete here. At the start only
 * those proxies count that still run at the end: what another process counted must not be subtracted.
 */
export function atBothEnds({ selector, by, own, windowMs, byClient }: Family): CounterQuery {
  const series = `instance, pod, ${[...by, ...own].join(", ")}`;
  const started = "max by (instance, pod) (process_start_time_seconds";
  const same = `${started}) == ${started} @ end())`;
  const known = `(up @ start() == 1) or (${young(windowMs)})`;
  const counted = `max by (${series}) (${selector}) and on (instance, pod) (${same} and on (instance, pod) (${known}))`;
  return { promql: `sum by (${answerLabels(by, byClient)}) (${counted})`, spanMs: windowMs };
}

export function answerLabels(by: readonly string[], byClient: boolean | undefined): string {
  return (byClient === true ? [...PROXY, ...by] : by).join(", ");
}

/** Proxies that were scraped one window ago, or are younger than the window. */
function knownProxies(windowMs: number): string {
  return `(up offset ${promDuration(windowMs)} == 1) or (${young(windowMs)})`;
}

function young(windowMs: number): string {
  return `process_start_time_seconds > time() - ${(windowMs + START_MARGIN_MS) / 1000}`;
}
