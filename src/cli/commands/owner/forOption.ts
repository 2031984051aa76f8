import { InvalidArgumentError, Option } from "commander";
import { writeTime } from "../../../routes/rfc3339.ts";
import { readDuration } from "../../wiring/readDuration.ts";

const LONGEST_MS = 365 * 24 * 3_600_000;

/** `--for DURATION` in milliseconds; without it, what was set lasts until the command `end`. */
export function forOption(end: string): Option {
  return new Option("--for <duration>", `how long, such as 30m or 1h (default: until ${end})`).argParser(readFor);
}

/** The end as an annotation has it, in whole seconds; null: none. */
export function untilOf(untilMs: number | null): string | null {
  return untilMs === null ? null : writeTime(Math.ceil(untilMs / 1_000) * 1_000).replace(".000Z", "Z");
}

function readFor(text: string): number {
  const forMs = readDuration(text);
  if (forMs <= 0 || forMs > LONGEST_MS) throw new InvalidArgumentError("It must be longer than 0s and at most one year.");
  return forMs;
}
