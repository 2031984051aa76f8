import * as z from "zod";
import type { RouteKind } from "../routes/route.ts";
import { brakesSchema } from "./brakesSchema.ts";
import { duration, nameOf, shaped, share } from "./scalarSchemas.ts";
import { signalsSchema } from "./signalsSchema.ts";

const MAX_RULES = 1_000;
const MAX_STEPS = 20;
const MAX_OVERPROVISIONING = 100;
/** A standby that carried half of the traffic would be a primary. */
const MAX_STANDBY_SHARE = 0.5;

/** Every kind of route; a map, since the compiler sees when one is missing in it. */
const KINDS = {
  TrafficSplit: "TrafficSplit",
  HTTPRoute: "HTTPRoute",
  "HTTPRoute.policy.linkerd.io": "HTTPRoute.policy.linkerd.io",
  GRPCRoute: "GRPCRoute",
} as const satisfies { [K in RouteKind]: K };

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
    .array(z.enum(KINDS))
    .min(1)
    .exactOptional()
    .meta({
      title: "list of kinds",
      description: `Routes of these kinds (${Object.keys(KINDS).join(", ")}). Left out: of every kind.`,
    }),
});

const steps = z
  .array(share())
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
  standbyShare: share((value, spelled) =>
    value < MAX_STANDBY_SHARE
      ? null
      : {
          wrong: `is ${spelled}, but must be less than 50%`,
          hint: "give a backend that shall carry so much a weight in the route instead",
        },
  )
    .prefault("0%")
    .meta({
      description:
        "This share of the traffic goes to the standbys at all times. It keeps them warm and measured, and lets the proxies themselves spill over to them when nothing else answers.",
    }),
});

const spill = z.strictObject({
  overprovisioning: z.number().min(1).max(MAX_OVERPROVISIONING).prefault(1.4).meta({
    title: "number",
    description:
      "A backend counts as able to carry this many times its ready part: with 1.4, all of its load while at least 72 % of its endpoints are ready.",
  }),
});

/** Every key that a rule and `defaults` share. */
const body = {
  match: match.prefault({}).meta({ title: "map", description: "Which routes the rule is for. Left out: all." }),
  signals: signalsSchema.prefault({ readiness: {}, successRate: {}, gateway: {} }).meta({
    title: "map",
    description: "What to look at; a signal that is named is on. No `signals` anywhere: readiness, successRate and gateway, as below.",
  }),
  failAfter: duration()
    .prefault("10s")
    .meta({ description: "How long what a metric says must last before traffic moves. Readiness and the gateway do not wait." }),
  recoverAfter: duration().prefault("1m").meta({ description: "How long a backend must be well again before any traffic returns." }),
  return: returning.prefault({}).meta({ title: "map", description: "How traffic returns." }),
  damping: damping.prefault({}).meta({ title: "map", description: "How a backend that relapses is made to wait longer." }),
  fallback: fallback.prefault({}).meta({ title: "map", description: "Where traffic goes." }),
  spill: spill.nullable().exactOptional().meta({
    title: "map, or null",
    description:
      "Share the load by ready capacity: what a backend with too few ready endpoints cannot carry goes to the next ones, while it keeps the rest. Left out: off.",
  }),
  whenNoneFit: z.enum(["readiness", "hold"]).prefault("readiness").meta({
    title: "`readiness` or `hold`",
    description:
      "When no backend is fit: `readiness`: whoever carries the load keeps it while it has a ready endpoint, else those that have one. `hold`: weights stay as they are.",
  }),
};

/** One rule with the defaults already merged under it; its output is a `Rule`. */
export const ruleSchema = z
  .strictObject({
    name: nameOf("a rule").meta({ title: "name", description: "What the rule is called in logs, metrics and the rule annotation." }),
    ...body,
  })
  .transform(({ failAfter, recoverAfter, spill, ...rest }) => ({
    ...rest,
    failAfterMs: failAfter,
    recoverAfterMs: recoverAfter,
    ...(spill && { spill }),
  }));

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
  brakes: brakesSchema.prefault({}).meta({ title: "map", description: "What holds moves back, for all routes together." }),
});

/** The file as JSON can spell it. */
export type RulesFile = z.input<typeof rulesFileSchema>;

/** The JSON Schema of the rules file, for editors and other checkers. */
export function rulesJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(rulesFileSchema, { io: "input" });
}
