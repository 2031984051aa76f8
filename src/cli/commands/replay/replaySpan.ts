import { InvalidArgumentError } from "commander";
import { readTime } from "../../../routes/rfc3339.ts";
import { parseDuration } from "../../../rules/duration.ts";
import { readDuration } from "../../wiring/readDuration.ts";

/** One day with a tick every five seconds. */
const MAX_TICKS = 17_280;
export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const INTERVAL_MS = 5_000;

/** A point in time, or how long before now. */
export type Moment = { readonly atMs: number } | { readonly agoMs: number };

export interface ReplaySpan {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Time between two ticks. */
  readonly interval: number;
  readonly output: "table" | "json";
}

interface Asked {
  readonly from: Moment;
  readonly until: Moment;
  readonly interval?: number;
}

/** From when until when, and how far apart the ticks are: so that a week, too, is at most MAX_TICKS queries of each kind. */
export function replaySpan(
  { from, until, interval }: Asked,
  nowMs: number,
): ReplayBounds | { readonly message: string; readonly hint: string } {
  const momentOf = (moment: Moment) => ("atMs" in moment ? moment.atMs : nowMs - moment.agoMs);
  const fromMs = momentOf(from);
  const untilMs = momentOf(until);
  if (untilMs > nowMs) return { message: "--until is in the future", hint: "without it the replay ends now" };
  if (fromMs >= untilMs)
    return { message: "--from is not before --until", hint: "a duration means how long ago, as in --from 6h --until 5h" };
  const spanMs = untilMs - fromMs;
  if (interval !== undefined && spanMs / interval > MAX_TICKS)
    return { message: `these are more than ${MAX_TICKS} ticks`, hint: "leave --interval out, or use a shorter time" };
  // Whole seconds, so that a week is told as one tick every 35s.
  const fitting = Math.ceil(spanMs / MAX_TICKS / 1_000) * 1_000;
  return { fromMs, untilMs, interval: interval ?? Math.max(INTERVAL_MS, fitting) };
}

type ReplayBounds = Pick<ReplaySpan, "fromMs" | "untilMs" | "interval">;

export function readMoment(text: string): Moment {
  const [, days, rest = ""] = /^(\d{1,4})d(.*)$/.exec(text) ?? [];
  const ago = parseDuration(days === undefined ? text : rest || "0s");
  if (!("wrong" in ago)) return { agoMs: Number(days ?? 0) * DAY_MS + ago.value };
  const atMs = readTime(text);
  if (atMs === null) throw new InvalidArgumentError("It must be a duration such as 6h or 7d, or a time such as 2026-01-31T12:00:00Z.");
  return { atMs };
}

export function readInterval(text: string): number {
  const intervalMs = readDuration(text);
  if (intervalMs < 1_000) throw new InvalidArgumentError("It must be at least 1s.");
  return intervalMs;
}
