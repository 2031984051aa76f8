import type { Spelling } from "./route.ts";

/** The largest weight that is read: far above what any kind allows, far below where floating-point sums lose units. */
export const LARGEST_WEIGHT = 1_000_000_000_000;

/** Longest weight text that is read, in characters; a Kubernetes quantity is never longer. */
const LONGEST_SPELLING = 32;

/** The suffixes of a Kubernetes quantity that are allowed in a weight. */
const SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["n", 1e-9],
  ["u", 1e-6],
  ["m", 1e-3],
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
]);

const QUANTITY = /^\+?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([numkMG])|[eE]([+-]?[0-9]{1,2}))?$/;

/** Reads a weight in any notation of a TrafficSplit: `5`, `0.5`, `"5"`, `"500m"`; null if it is no weight. */
function readWeight(value: unknown): number | null {
  const weight = typeof value === "number" ? value : typeof value === "string" ? readQuantity(value) : null;
  if (weight === null || !Number.isFinite(weight) || weight < 0 || weight > LARGEST_WEIGHT) return null;
  return weight === 0 ? 0 : weight;
}

/** Whether a value is a readable weight. */
export function isSpelling(value: unknown): value is Spelling {
  return readWeight(value) !== null;
}

/** The number of a weight. Throws if `isSpelling` is false for it. */
export function weightOf(spelling: Spelling): number {
  const weight = readWeight(spelling);
  if (weight === null) throw new RangeError(`not a weight: ${JSON.stringify(spelling)}`);
  return weight;
}

/** The sum of several weights of one backend. */
export function weightOfAll(spellings: readonly Spelling[]): number {
  return sumOf(spellings.map(weightOf));
}

/** The sum of weights, added in their order, so that the same weights always give the same number. */
export function sumOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

/** Whether two weights are equal, apart from rounding in sums. Only 0 equals 0. */
export function sameWeight(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * Math.max(a, b);
}

function readQuantity(text: string): number | null {
  if (text.length > LONGEST_SPELLING) return null;
  const parts = QUANTITY.exec(text);
  if (parts === null) return null;
  const [, digits = "", suffix = "", exponent] = parts;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  return Number((Number(digits) * (SUFFIXES.get(suffix) ?? 1)).toPrecision(15));
}
