import type { Spelling } from "../../src/routes/route.ts";
import { weightOf } from "../../src/routes/weight.ts";
import type { ApiObject } from "./apiResource.ts";

const SMALLEST_SUM = 100;
const LARGEST_SUM = 100_000;
const FINER_SUMS = [100, 1_000, 10_000];

/** P1. What is wrong with weights that we wrote, by what their owner wants; null where all is well. */
export function checkWeights(object: ApiObject, wanted: readonly Spelling[]): string | null {
  const written = spellingsOf(object);
  if (JSON.stringify(written) === JSON.stringify(wanted)) return null;
  const weights = written.map(weightOf);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum <= 0) return `P1: all weights are zero: ${JSON.stringify(written)}`;
  if (!written.every((weight) => Number.isInteger(weight))) return `P1: computed weights are no integers: ${JSON.stringify(written)}`;
  const baselineSum = Math.ceil(wanted.map(weightOf).reduce((total, weight) => total + weight, 0) - 1e-9);
  const sums = baselineSum < SMALLEST_SUM ? FINER_SUMS : [Math.min(baselineSum, LARGEST_SUM)];
  return sums.includes(sum) ? null : `P1: ${JSON.stringify(written)} adds up to ${sum}, not ${sums.join(" or ")}`;
}

/** The weights of a TrafficSplit as they are spelled. */
export function spellingsOf(object: ApiObject): readonly Spelling[] {
  return (object.spec as { readonly backends: readonly { readonly weight: Spelling }[] }).backends.map(({ weight }) => weight);
}
