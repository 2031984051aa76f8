import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../rules/duration.ts";

/** The milliseconds of a setting that is a duration; throws commander's error, which says what is wrong with it. */
export function readDuration(text: string): number {
  const read = parseDuration(text);
  if ("wrong" in read) throw new InvalidArgumentError(`It ${read.wrong}: ${read.hint}.`);
  return read.value;
}
