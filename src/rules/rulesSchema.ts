import * as z from "zod";
import type { RouteKind } from "../routes/route.ts";
import { DURATION_PATTERN, formatDuration, parseDuration } from "./duration.ts";
import type { Parsed } from "./parsed.ts";
import { PERCENT_PATTERN, parseShare } from "./share.ts";

const MAX_RULES = 1_000;
const MAX_STEPS = 20;
const MAX_NAME_LENGTH = 63;
const MAX_WAIT_MS = 720 * 3_600_000;
/** Below this, even scrapes a second apart leave too few samples in a window. */
const MIN_WINDOW_MS = 5_000;
const MAX_WINDOW_MS = 24 * 3_600_000;

/** The kinds of route that a rule can name: those that this version manages. */
const MATCHABLE_KINDS: readonly [RouteKind, ...RouteKind[]] = ["TrafficSplit"];

/** A base type whose values are parsed further; what is wrong becomes an issue with a hint. */
function parsed<S extends z.ZodType, T>(base: S, parse: (raw: z.output<S>) => Parsed<T>) {
  return base.transform((raw, context): T => {
    const result = parse(raw);
    if ("value" in result) return result.value;
    context.addIssue({ code: "custom", message: result.wrong, params: { hint: result.hint } });
    return z.NEVER;
  });
}

function duration(minMs = 0, maxMs = MAX_WAIT_MS) {
  return parsed(z.string().meta({ title: "duration", pattern: DURATION_PATTERN }), (text): Parsed<number> => {
    const result = parseDuration(text);
    if (!("value" in result)) return result;
    if (result.value < minMs)
      return { wrong: `is ${text}, but must be at least ${formatDuration(minMs)}`, hint: `write ${formatDuration(minMs)} or more` };
    if (result.value > maxMs)
      return { wrong: `is ${text}, but must be at most ${formatDuration(maxMs)}`, hint: `write ${formatDuration(maxMs)} or less` };
    return result;
  });
}

const share = parsed(
  z.union([z.string().meta({ pattern: PERCENT_PATTERN }), z.number().meta({ minimum: 0, maximum: 1 })]).meta({ title: "share" }),
  parseShare,
);

/** Text of a fixed shape, with a sentence for what does not have it. */
function shaped(pattern: string, wrong: string, hint: string, maxLength = MAX_NAME_LENGTH) {
  const shape = new RegExp(pattern);
  return parsed(z.string().meta({ title: "text", pattern, maxLength }), (text): Parsed<string> => {
    if (text.length > maxLength)
      return { wrong: `has ${text.length} characters, but at most ${maxLength} are allowed`, hint: "shorten it" };
    return shape.test(text) ? { value: text } : { wrong, hint };
  });
}

const ruleName = shaped(
  "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
  "is not a name that a rule can have",
  "use letters, digits, '-', '_' and '.', and begin and end with a letter or digit",
);
const namespace = shaped(
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  "is not the name of a namespace",
  "write whole names; patterns such as shop-* are not known here",
);
const labelValue = shaped(
  "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
  "is not a value that a label can have",
  "write the whole value; patterns are not known here",
);
/** Not `shaped`, since the keys of a record cannot be transformed. */
const labelKey = z.string().regex(/^([a-z0-9][-a-z0-9.]{0,252}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);

const match = z.strictObject({
  namespaces: z
    .array(namespace)
    .min(1)
    .exactOptional()
    .meta({ title: "list of names", description: "Routes of these namespaces. Left out: of every namespace." }),
  labels: z
    .record(labelKey, labelValue)
    .exactOptional()
    .meta({ title: "map of labels", description: "Routes that carry all of these labels. Left out: whatever their labels." }),
  kinds: z
    .array(z.enum(MATCHABLE_KINDS))
    .min(1)
    .exactOptional()
    .meta({
      title: "list of kinds",
      description: `Routes of these kinds (${MATCHABLE_KINDS.join(", ")}). Left out: of every kind.`,
    }),
});

const readiness = z.strictObject({
  minReady: z.int().min(1).prefault(1).meta({
    title: "whole number",
    description: "A backend with fewer ready endpoints than this is unfit.",
  }),
});

const successRate = z
  .strictObject({
    failBelow: share.prefault("90%").meta({
      description: "A backend is unfit when its success rate is below this beyond doubt: the upper end of the 95 % confidence interval is.",
    }),
    recoverAbove: share.prefault("98%").meta({
      description: "A backend is fit when its success rate is this or better. Between the two thresholds nothing changes.",
    }),
    window: duration(MIN_WINDOW_MS, MAX_WINDOW_MS).prefault("30s").meta({
      description: "Over how long a time requests are counted; at least 5s, better three Prometheus scrapes or more.",
    }),
    minRequests: z.int().min(1).prefault(20).meta({
      title: "whole number",
      description: "With fewer requests than this in the window the backend is quiet: its success rate says nothing.",
    }),
  })
  .transform(({ window, ...rest }) => ({ ...rest, windowMs: window }));

const signals = z
  .strictObject({
    readiness: readiness
      .nullable()
      .exactOptional()
      .meta({ title: "map, or null", description: "Watch the ready endpoints of each backend." }),
    successRate: successRate
      .nullable()
      .exactOptional()
      .meta({ title: "map, or null", description: "Watch the share of requests that succeed, as Linkerd counts them." }),
  })
  // A signal is on or absent: null has done its work once the defaults are merged.
  .transform((on) => ({ ...(on.readiness && { readiness: on.readiness }), ...(on.successRate && { successRate: on.successRate }) }));

const steps = z
  .array(share)
  .max(MAX_STEPS)
  .superRefine((shares, context) => {
    shares.forEach((step, index) => {
      const before = shares[index - 1];
      const wrong =
        step <= 0 || step >= 1
          ? "is not between 0% and 100%"
          : before !== undefined && step <= before
            ? "is not more than the step before it"
            : null;
      if (wrong !== null) {
        context.addIssue({
          code: "custom",
          message: wrong,
          path: [index],
          params: { hint: "write ascending shares, as [5%, 25%, 50%]; 100% follows the last one by itself" },
        });
      }
    });
  });

const returning = z
  .strictObject({
    steps: steps.prefault(["5%", "25%", "50%"]).meta({
      title: "list of shares",
      description: "The shares of its traffic that a recovered backend gets, one after the other; then all of it. `[]`: all at once.",
    }),
    every: duration().prefault("30s").meta({ description: "How long a step lasts before the next one, if all is well." }),
  })
  .transform(({ every, ...rest }) => ({ ...rest, everyMs: every }));

const damping = z
  .strictObject({
    factor: z.number().min(1).prefault(2).meta({ title: "number", description: "Each relapse multiplies `recoverAfter` by this." }),
    max: duration().prefault("30m").meta({ description: "However often a backend relapses, it waits no longer than this." }),
    forgetAfter: duration().prefault("1h").meta({ description: "Relapses are forgotten once a backend has served this long." }),
  })
  .transform(({ max, forgetAfter, ...rest }) => ({ ...rest, maxMs: max, forgetAfterMs: forgetAfter }));

const fallback = z.strictObject({
  order: z.enum(["together", "listed"]).prefault("together").meta({
    title: "`together` or `listed`",
    description:
      "`together`: all standbys share the load. `listed`: the first fit one in the order in which the route lists them takes it.",
  }),
});

/** Every key that a rule and `defaults` share. */
const body = {
  match: match.prefault({}).meta({ title: "map", description: "Which routes the rule is for. Left out: all." }),
  signals: signals.prefault({ readiness: {}, successRate: {} }).meta({
    title: "map",
    description: "What to look at; a signal that is named is on. No `signals` anywhere: all of them, as below.",
  }),
  failAfter: duration()
    .prefault("10s")
    .meta({ description: "How long a bad success rate must last before traffic moves. Readiness does not wait." }),
  recoverAfter: duration().prefault("1m").meta({ description: "How long a backend must be well again before any traffic returns." }),
  return: returning.prefault({}).meta({ title: "map", description: "How traffic returns." }),
  damping: damping.prefault({}).meta({ title: "map", description: "How a backend that relapses is made to wait longer." }),
  fallback: fallback.prefault({}).meta({ title: "map", description: "Where traffic goes." }),
  whenNoneFit: z.enum(["readiness", "hold"]).prefault("readiness").meta({
    title: "`readiness` or `hold`",
    description:
      "When no backend is fit: `readiness`: whoever carries the load keeps it while it has a ready endpoint, else those that have one. `hold`: weights stay as they are.",
  }),
};

/** One rule with the defaults already merged under it; its output is a `Rule`. */
export const ruleSchema = z
  .strictObject({
    name: ruleName.meta({ title: "name", description: "What the rule is called in logs, metrics and the rule annotation." }),
    ...body,
  })
  .transform(({ failAfter, recoverAfter, ...rest }) => ({ ...rest, failAfterMs: failAfter, recoverAfterMs: recoverAfter }));

/** The file as it is written. Parsing it checks each value by itself; what rules mean shows after merging. */
export const rulesFileSchema = z.strictObject({
  version: z.literal(1).meta({ title: "`1`", description: "The version of this format." }),
  defaults: z
    .strictObject(body)
    .exactOptional()
    .meta({ title: "map", description: "Keys of a rule (all but `name`), merged under every rule." }),
  rules: z
    .array(ruleSchema)
    .min(1)
    .max(MAX_RULES)
    .meta({ title: "list of rules", description: "The first rule that matches a route is its rule." }),
});

/** The file as JSON can spell it. */
export type RulesFile = z.input<typeof rulesFileSchema>;

/** The JSON Schema of the rules file, for editors and other checkers. */
export function rulesJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(rulesFileSchema, { io: "input" });
}
