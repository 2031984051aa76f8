import type { Sample } from "./counts.ts";
import { MOMENT } from "./increase.ts";

/** A sample whose value is the increase in the window; null: it is unknown, since the counter went back. */
export interface Difference {
  readonly labels: Sample["labels"];
  readonly value: number | null;
}

/**
 * Subtracts the earlier value of `nowAndThen` from the one now. A counter without an earlier value is new, or it is an increase
 * already. Without a value now nothing is known of its proxies: they are gone, or their last scrape failed.
 */
export function readDifference(samples: readonly Sample[]): readonly Difference[] {
  const before = samples.filter(({ labels }) => MOMENT in labels);
  if (before.length === 0) return samples;
  const then = new Map(before.map(({ labels: { [MOMENT]: _, ...own }, value }) => [keyOf(own), value]));
  return samples
    .filter(({ labels }) => !(MOMENT in labels))
    .map(({ labels, value }) => {
      const earlier = then.get(keyOf(labels)) ?? 0;
      return { labels, value: value < earlier ? null : value - earlier };
    });
}

function keyOf(labels: Sample["labels"]): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
