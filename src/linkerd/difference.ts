import type { Sample } from "./counts.ts";
import { MOMENT } from "./increase.ts";

/** A sample whose value is the increase in the window; null: it is unknown, since the counter went back. */
export interface Difference {
  readonly labels: Sample["labels"];
  readonly value: number | null;
}

/** Subtracts the two values of `nowAndThen`. Samples without a moment are increases already. A counter without an earlier value is new. */
export function readDifference(samples: readonly Sample[]): readonly Difference[] {
  const found = new Map<string, { readonly labels: Sample["labels"]; now: number | null; then: number }>();
  const differences: Difference[] = [];
  for (const { labels, value } of samples) {
    const { [MOMENT]: moment, ...own } = labels;
    if (moment === undefined) {
      differences.push({ labels, value });
      continue;
    }
    const key = JSON.stringify(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)));
    const both = found.get(key) ?? { labels: own, now: null, then: 0 };
    if (moment === "now") both.now = value;
    else both.then = value;
    found.set(key, both);
  }
  for (const { labels, now, then } of found.values()) {
    // Without a value now nothing is known of these proxies: they are gone, or their last scrape failed.
    if (now === null) continue;
    differences.push({ labels, value: now < then ? null : now - then });
  }
  return differences;
}
