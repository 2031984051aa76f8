import type { Parsed } from "./parsed.ts";
import { quoted } from "./quoted.ts";

/** Maximum number of decimals of a percentage; with more, a share could change when it is written and read again. */
const PERCENT_DECIMALS = 4;
const SHARE_STEPS = 100 * 10 ** PERCENT_DECIMALS;

export const PERCENT_PATTERN = String.raw`^\d{1,3}(\.\d{1,4})?%$`;
const PERCENT = new RegExp(PERCENT_PATTERN);
const GENERAL_HINT = "write it as 95% or 0.95";

/** The share (0..1) of `95%` or `0.95`, or the mistake in it. */
export function parseShare(raw: string | number): Parsed<number> {
  const shown = typeof raw === "string" ? raw.slice(0, 40) : String(raw);
  const signless = shown.startsWith("-") ? shown.slice(1) : shown;
  const isPercent = typeof raw === "number" || PERCENT.test(signless);
  if (!isPercent) return { wrong: `is ${quoted(shown)}, which is not a share`, hint: hintFor(shown) };
  // The decimal point is moved in the text, because 99.9 / 100 is not exactly 0.999.
  const share = typeof raw === "number" ? raw : Number(`${shown.slice(0, -1)}e-2`);
  if (share < 0) return { wrong: `is ${shown}, but a share is never negative`, hint: GENERAL_HINT };
  if (share > 1) {
    const meant = typeof raw === "number" && raw <= 100 ? `write ${raw}% if that is what you mean` : GENERAL_HINT;
    return { wrong: `is ${shown}, but a share is at most 100%`, hint: meant };
  }
  const rounded = Math.round(share * SHARE_STEPS) / SHARE_STEPS;
  if (rounded !== share) return { wrong: `is ${shown}, which is more precise than 0.0001%`, hint: `write it as ${formatShare(share)}` };
  return { value: share };
}

/** A share (0..1) as `95%` or `99.9%`. Exact for every share of a rules file; use fewer decimals for measured shares. */
export function formatShare(share: number, decimals: number = PERCENT_DECIMALS): string {
  return `${Number((share * 100).toFixed(decimals))}%`;
}

function hintFor(text: string): string {
  const bare = /^(\d{1,3}(?:\.\d{1,4})?)\s*%?$/.exec(text.trim());
  if (bare === null) return GENERAL_HINT;
  return Number(bare[1]) > 1 ? `write it as ${bare[1]}%` : `write it as ${bare[1]} without quotes, or as ${formatShare(Number(bare[1]))}`;
}
