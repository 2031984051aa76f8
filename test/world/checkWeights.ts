import { weightOf } from "../../src/routes/weight.ts";
import { type SceneSplit, spelled } from "./sceneRoute.ts";

const SMALLEST_SUM = 100;
const LARGEST_SUM = 100_000;
const FINER_SUMS = [1_000, 10_000];

/** P1: computed weights are integers, not all zero, and have the right sum. Returns what is wrong, or null. */
export function checkWeights(before: readonly SceneSplit[], written: readonly SceneSplit[], wanted: readonly SceneSplit[]): string | null {
  for (const split of written) {
    const own = wanted.find(({ name }) => name === split.name);
    const was = before.find(({ name }) => name === split.name);
    const wrong = own === undefined ? `split ${split.name} does not exist` : checkSplit(split, own, was);
    if (wrong !== null) return `P1: ${wrong}`;
  }
  return null;
}

function checkSplit(written: SceneSplit, wanted: SceneSplit, was: SceneSplit | undefined): string | null {
  const text = spelled([written]);
  if (text === spelled([wanted])) return null;
  const weights = weightsIn(written);
  const sum = sumOf(weights);
  if (sum <= 0) return `all weights are zero: ${text}`;
  // A write for another split does not change this one, even if its owner removed a backend by hand.
  if (was !== undefined && text === spelled([was])) return null;
  if (!weights.every((weight) => Number.isInteger(weight))) return `computed weights are not integers: ${text}`;
  const baselineSum = Math.ceil(sumOf(weightsIn(wanted)) - 1e-9);
  const sums = [Math.min(Math.max(baselineSum, SMALLEST_SUM), LARGEST_SUM), ...FINER_SUMS];
  return sums.includes(sum) ? null : `${text} adds up to ${sum}, not ${sums.join(" or ")}`;
}

function weightsIn({ backends }: SceneSplit): readonly number[] {
  return backends.map(({ weight }) => weightOf(weight));
}

function sumOf(weights: readonly number[]): number {
  return weights.reduce((total, weight) => total + weight, 0);
}
