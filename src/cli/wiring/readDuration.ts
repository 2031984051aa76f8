import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../rules/duration.ts";

/** Reads a duration in milliseconds. Throws commander's error where the text is none. */
export function readDuration(text: string): number {
  const read = parseDuration(text);
  if ("wrong" in read) throw new InvalidArgumentError(`It ${read.wrong}: ${read.hint}.`);
  return read.value;
}
