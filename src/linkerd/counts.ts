import type { Counts } from "../evaluator/model/observation.ts";
import { readAuthority } from "./authority.ts";
import { type LeavesByApex, leafOf } from "./leaf.ts";

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counts by name, or why the answer is invalid. */
export type CountsRead = { readonly ok: true; readonly counts: ReadonlyMap<string, Counts> } | { readonly ok: false; readonly why: string };

type Labels = Sample["labels"];

/** Reads the answer to `leafQuery`; by `NAMESPACE/SERVICE`. */
export function readLeaves(samples: readonly Sample[], leavesByApex: LeavesByApex): CountsRead {
  return addUp(samples, (labels) => leafOf(labels, leavesByApex), isClassifiedFailure);
}

/** Reads the answer to `apexQuery`; by `NAMESPACE/SERVICE`. */
export function readApexes(samples: readonly Sample[]): CountsRead {
  return addUp(samples, (labels) => readAuthority(labels["dst"] ?? ""), isClassifiedFailure);
}

/** Adds up samples by name. It counts failures, not successes: a backend that always failed has no success series. */
export function addUp(
  samples: readonly Sample[],
  nameOf: (labels: Labels) => string | null,
  isFailure: (labels: Labels) => boolean,
): CountsRead {
  const counts = new Map<string, { total: number; failures: number }>();
  for (const { labels, value } of samples) {
    const name = nameOf(labels);
    if (name === null) continue;
    if (!isCount(value)) return { ok: false, why: notACount(value, name) };
    // NaN counts as 0, but the series exists: that is `quiet`, not `missing`.
    const requests = Number.isNaN(value) ? 0 : value;
    const sum = counts.get(name) ?? { total: 0, failures: 0 };
    sum.total += requests;
    if (isFailure(labels)) sum.failures += requests;
    counts.set(name, sum);
  }
  return { ok: true, counts };
}

/** Whether a value can be a number of requests. NaN can: a window without samples may give it. */
export function isCount(value: number): boolean {
  return !(value < 0) && value !== Number.POSITIVE_INFINITY;
}

export function notACount(value: number, name: string): string {
  return `${value} is not a number of requests (${name})`;
}

function isClassifiedFailure(labels: Labels): boolean {
  return labels["classification"] === "failure";
}
