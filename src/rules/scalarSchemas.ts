import * as z from "zod";
import { DURATION_PATTERN, formatDuration, parseDuration } from "./duration.ts";
import type { Parsed } from "./parsed.ts";
import { PERCENT_PATTERN, parseShare } from "./share.ts";

const MAX_WAIT_MS = 720 * 3_600_000;
const MAX_NAME_LENGTH = 63;

/** A base type whose values are parsed further; what is wrong becomes an issue with a hint. */
export function parsed<S extends z.ZodType, T>(base: S, parse: (raw: z.output<S>) => Parsed<T>) {
  return base.transform((raw, context): T => {
    const result = parse(raw);
    if ("value" in result) return result.value;
    context.addIssue({ code: "custom", message: result.wrong, params: { hint: result.hint } });
    return z.NEVER;
  });
}

/** Text such as `1m30s`, in milliseconds. */
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

/** `95%` or `0.95`; `refuse` has the last word on the share that was read. */
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

/** Text of a fixed shape, with a sentence for what does not have it. */
export function shaped(pattern: string, wrong: string, hint: string, maxLength = MAX_NAME_LENGTH) {
  const shape = new RegExp(pattern);
  return parsed(z.string().meta({ title: "text", pattern, maxLength }), (text): Parsed<string> => {
    if (text.length > maxLength)
      return { wrong: `has ${text.length} characters, but at most ${maxLength} are allowed`, hint: "shorten it" };
    return shape.test(text) ? { value: text } : { wrong, hint };
  });
}

/** A name that can be the value of a label; `of` says whose name. */
export function nameOf(of: string) {
  return shaped(
    "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
    `is not a name that ${of} can have`,
    "use letters, digits, '-', '_' and '.', and begin and end with a letter or digit",
  );
}
