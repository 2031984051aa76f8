import type { Counts } from "../evaluator/model/observation.ts";
import { readAuthority } from "./authority.ts";
import { type LeafNames, leafOf } from "./leaf.ts";
import { ITEMS_OF_SLICE, type Slices, whole } from "./slices.ts";

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** For a query of two moments: the value at the earlier one; absent: it had none. */
  readonly before?: number;
}

/** What an answer says, or why it is invalid. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** Counts by name, or why the answer is invalid. `unknown`: the names that are left out because a counter went back; absent: none. */
export type CountsRead =
  | { readonly ok: true; readonly counts: ReadonlyMap<string, Counts>; readonly unknown?: ReadonlySet<string> }
  | { readonly ok: false; readonly why: string };

type Labels = Sample["labels"];

/** Reads the answer to `leafQuery`; by `NAMESPACE/SERVICE`. */
export function readLeaves(samples: readonly Sample[], leafNames: LeafNames): CountsRead {
  return whole(readLeavesInSlices(samples, leafNames));
}

export function readLeavesInSlices(samples: readonly Sample[], leafNames: LeafNames): Slices<CountsRead> {
  return addUp(samples, (labels) => leafOf(labels, leafNames), isClassifiedFailure);
}

/** Reads the answer to `apexQuery`; by `NAMESPACE/SERVICE`. */
export function readApexes(samples: readonly Sample[]): CountsRead {
  return whole(readApexesInSlices(samples));
}

export function readApexesInSlices(samples: readonly Sample[]): Slices<CountsRead> {
  return addUp(samples, (labels) => readAuthority(labels["dst"] ?? ""), isClassifiedFailure);
}

/**
 * Adds up samples by name. It counts failures, not successes: a backend that always failed has no success series. A name whose
 * counter went back is left out: what it counted is unknown. So is one whose samples do not say whether they are failures (null).
 */
export function* addUp(
  samples: readonly Sample[],
  nameOf: (labels: Labels) => string | null,
  isFailure: (labels: Labels) => boolean | null,
): Slices<CountsRead> {
  const counts = new Map<string, { total: number; failures: number }>();
  const unknown = new Set<string>();
  let read = 0;
  for (const { labels, value: now, before = 0 } of samples) {
    read += 1;
    if (read % ITEMS_OF_SLICE === 0) yield;
    const name = nameOf(labels);
    if (name === null) continue;
    if (!isCount(now) || !isCount(before)) return { ok: false, why: notACount(isCount(now) ? before : now, name) };
    const failed = isFailure(labels);
    // A counter without an earlier value is new.
    const value = now < before ? null : now - before;
    if (value === null || failed === null) unknown.add(name);
    // NaN counts as 0, but the series exists: that is `quiet`, not `missing`.
    const requests = value === null || Number.isNaN(value) ? 0 : value;
    const failures = failed === true ? requests : 0;
    const sum = counts.get(name);
    if (sum === undefined) counts.set(name, { total: requests, failures });
    else {
      sum.total += requests;
      sum.failures += failures;
    }
  }
  for (const name of unknown) counts.delete(name);
  return unknown.size === 0 ? { ok: true, counts } : { ok: true, counts, unknown };
}

/** Whether a value can be a number of requests. NaN can: a window without samples may give it. */
export function isCount(value: number): boolean {
  return !(value < 0) && value !== Number.POSITIVE_INFINITY;
}

export function notACount(value: number, name: string): string {
  return `${value} is not a number of requests (${name})`;
}

/** Null: a scrape configuration dropped the label, so nothing is known. */
function isClassifiedFailure({ classification }: Labels): boolean | null {
  return classification ? classification === "failure" : null;
}
