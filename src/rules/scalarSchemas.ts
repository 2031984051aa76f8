import * as z from "zod";
import { DURATION_PATTERN, formatDuration, parseDuration } from "./duration.ts";
import type { Parsed } from "./parsed.ts";
import { PERCENT_PATTERN, parseShare } from "./share.ts";

const MAX_WAIT_MS = 720 * 3_600_000;
const MAX_NAME_LENGTH = 63;

/** A base type whose values `parse` converts; a mistake becomes an issue with a hint. */
export function parsed<S extends z.ZodType, T>(base: S, parse: (raw: z.output<S>) => Parsed<T>) {
  return base.transform((raw, context): T => {
    const result = parse(raw);
    if ("value" in result) return result.value;
    context.addIssue({ code: "custom", message: result.wrong, params: { hint: result.hint } });
    return z.NEVER;
  });
}

/** A duration such as `1m30s`; the output is in milliseconds. */
export function duration(minMs = 0, maxMs = MAX_WAIT_MS) {
  return parsed(durationText(), (text): Parsed<number> => {
    const result = parseDuration(text);
    if (!("value" in result)) return result;
    if (result.value < minMs)
      return { wrong: `is ${text}, but must be at least ${formatDuration(minMs)}`, hint: `write ${formatDuration(minMs)} or more` };
    if (result.value > maxMs)
      return { wrong: `is ${text}, but must be at most ${formatDuration(maxMs)}`, hint: `write ${formatDuration(maxMs)} or less` };
    return result;
  });
}

export function durationText() {
  return z.string().meta({ title: "duration", pattern: DURATION_PATTERN });
}

/** A share such as `95%` or `0.95`; the output is 0..1. `refuse` may reject it. */
export function share(refuse: (share: number, spelled: string) => Parsed<number> | null = () => null) {
  const base = z.union([z.string().meta({ pattern: PERCENT_PATTERN }), z.number().meta({ minimum: 0, maximum: 1 })]);
  return parsed(base.meta({ title: "share" }), (raw): Parsed<number> => {
    const result = parseShare(raw);
    return "value" in result ? (refuse(result.value, String(raw)) ?? result) : result;
  });
}

/** A whole number of at least 1. */
export function count() {
  return z.int().min(1).meta({ title: "whole number" });
}

/** Text that matches a pattern, with the error and the hint for text that does not. */
export function shaped(pattern: string, wrong: string, hint: string, maxLength = MAX_NAME_LENGTH) {
  const shape = new RegExp(pattern);
  return parsed(z.string().meta({ title: "text", pattern, maxLength }), (text): Parsed<string> => {
    if (text.length > maxLength)
      return { wrong: `has ${text.length} characters, but at most ${maxLength} are allowed`, hint: "shorten it" };
    return shape.test(text) ? { value: text } : { wrong, hint };
  });
}

/** A name that is a valid label value; `of` says what it names. */
export function nameOf(of: string) {
  return shaped(
    "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
    `is not a valid name of ${of}`,
    "use letters, digits, '-', '_' and '.', and begin and end with a letter or digit",
  );
}
