import type { Parsed } from "./parsed.ts";
import { quoted } from "./quoted.ts";

const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60 * MS_PER_SECOND;
const MS_PER_HOUR = 60 * MS_PER_MINUTE;

/** Hours, minutes, seconds and milliseconds, each at most once and in this order. */
const DURATION = /^(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;
/** The same with at least one unit, for JSON Schema: without a lookahead, which not all regular expressions support. */
export const DURATION_PATTERN = String.raw`^(\d+h(\d+m)?(\d+s)?(\d+ms)?|\d+m(\d+s)?(\d+ms)?|\d+s(\d+ms)?|\d+ms)$`;

/** The milliseconds of `500ms`, `10s`, `1m30s` or `1h`, or the mistake in the text. */
export function parseDuration(text: string): Parsed<number> {
  const parts = DURATION.exec(text);
  if (parts === null || text === "") {
    return { wrong: `is ${quoted(text)}, which is not a duration`, hint: hintFor(text) };
  }
  const [hours, minutes, seconds, ms] = parts.slice(1).map((part) => Number.parseInt(part ?? "0", 10)) as [number, number, number, number];
  return { value: hours * MS_PER_HOUR + minutes * MS_PER_MINUTE + seconds * MS_PER_SECOND + ms };
}

/** The shortest text that `parseDuration` reads back: `1m30s`. Rounds to whole milliseconds. */
export function formatDuration(durationMs: number): string {
  const whole = Math.round(durationMs);
  if (whole === 0) return "0s";
  if (whole < 0) return `-${formatDuration(-whole)}`;
  const parts = [
    [Math.floor(whole / MS_PER_HOUR), "h"],
    [Math.floor((whole % MS_PER_HOUR) / MS_PER_MINUTE), "m"],
    [Math.floor((whole % MS_PER_MINUTE) / MS_PER_SECOND), "s"],
    [whole % MS_PER_SECOND, "ms"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join("");
}

const UNITS_IN_MS: Readonly<Record<string, number>> = { ms: 1, s: MS_PER_SECOND, m: MS_PER_MINUTE, h: MS_PER_HOUR, d: 24 * MS_PER_HOUR };

/** The duration that was probably meant by a number without a unit, a fraction, a written-out unit or a sign. */
function hintFor(text: string): string {
  const general = "write it as 500ms, 10s, 1m30s or 1h";
  if (text.startsWith("-")) return `a duration is never negative; ${general}`;
  const almost = /^(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h|d)?[a-z]{0,12}$/i.exec(text.trim());
  if (almost === null) return general;
  const unit = UNITS_IN_MS[(almost[2] ?? "s").toLowerCase()] ?? MS_PER_SECOND;
  return `write it as ${formatDuration(Number(almost[1]) * unit)}`;
}
