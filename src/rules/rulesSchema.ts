import * as z from "zod";
import type { RouteKind } from "../routes/route.ts";
import { brakesSchema } from "./brakesSchema.ts";
import { duration, nameOf, shaped, share } from "./scalarSchemas.ts";
import { signalsSchema } from "./signalsSchema.ts";

const MAX_RULES = 1_000;
const MAX_STEPS = 20;
const MAX_OVERPROVISIONING = 100;
/** A standby with half of the traffic would be a primary. */
const MAX_STANDBY_SHARE = 0.5;

/** Every kind of route; a map, so that the compiler reports a missing one. */
const KINDS = {
  TrafficSplit: "TrafficSplit",
  HTTPRoute: "HTTPRoute",
  "HTTPRoute.policy.linkerd.io": "HTTPRoute.policy.linkerd.io",
  GRPCRoute: "GRPCRoute",
} as const satisfies { [K in RouteKind]: K };

const namespace = shaped(
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  "is not a valid namespace name",
  "write whole names; patterns such as shop-* are not supported",
);
const labelValue = shaped(
  "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
  "is not a valid label value",
  "write the whole value; patterns are not supported",
);
/** Not `shaped`, because the keys of a record cannot be transformed. */
const labelKey = z.string().regex(/^([a-z0-9][-a-z0-9.]{0,252}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);

const match = z.strictObject({
  namespaces: z
    .array(namespace)
    .min(1)
    .exactOptional()
    .meta({ title: "list of names", description: "Routes in one of these namespaces. Default: all namespaces." }),
  labels: z
    .record(labelKey, labelValue)
    .exactOptional()
    .meta({ title: "map of labels", description: "Routes with all of these labels. Default: routes with any labels." }),
  kinds: z
    .array(z.enum(KINDS))
    .min(1)
    .exactOptional()
    .meta({
      title: "list of kinds",
      description: `Routes of one of these kinds (${Object.keys(KINDS).join(", ")}). Default: all kinds.`,
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
          params: { hint: "write ascending shares, as [5%, 25%, 50%]; 100% follows automatically" },
        });
      }
    });
  });

const returning = z
  .strictObject({
    steps: steps.prefault(["5%", "25%", "50%"]).meta({
      title: "list of shares",
      description:
        "The shares of its normal traffic that a recovered backend gets, one step after the other; 100 % follows the last step. `[]`: 100 % at once.",
    }),
    every: duration().prefault("30s").meta({
      description: "Minimum duration of a step. The next one also needs answered requests: enough, and good.",
    }),
  })
  .transform(({ every, ...rest }) => ({ ...rest, everyMs: every }));

const damping = z
  .strictObject({
    factor: z.number().min(1).prefault(2).meta({ title: "number", description: "Each relapse multiplies `recoverAfter` by this factor." }),
    max: duration().prefault("30m").meta({ description: "Upper limit of that wait." }),
    forgetAfter: duration()
      .prefault("1h")
      .meta({ description: "Relapses are forgotten after the backend has been serving for this long." }),
  })
  .transform(({ max, forgetAfter, ...rest }) => ({ ...rest, maxMs: max, forgetAfterMs: forgetAfter }));

const fallback = z.strictObject({
  order: z.enum(["together", "listed"]).prefault("together").meta({
    title: "`together` or `listed`",
    description: "`together`: all standbys share the load. `listed`: the first fit standby in the order of the route takes all of it.",
  }),
  standbyShare: share((value, spelled) =>
    value < MAX_STANDBY_SHARE
      ? null
      : {
          wrong: `is ${spelled}, but must be less than 50%`,
          hint: "for a larger share, give the backend a weight in the route",
        },
  )
    .prefault("0%")
    .meta({
      description:
        "The standbys always get this share of the traffic. It keeps them warm and measured, and allows the proxies to use them when no other backend answers.",
    }),
});

const spill = z.strictObject({
  overprovisioning: z.number().min(1).max(MAX_OVERPROVISIONING).prefault(1.4).meta({
    title: "number",
    description:
      "The capacity of a tier is this factor times its share of ready endpoints, 100 % at most. With 1.4, a tier carries all of its load while at least 72 % of its endpoints are ready.",
  }),
});

/** The keys of a rule that `defaults` may have, too. */
const body = {
  match: match.prefault({}).meta({ title: "map", description: "The routes that the rule applies to. Default: all routes." }),
  signals: signalsSchema.prefault({ readiness: {}, successRate: {}, gateway: {} }).meta({
    title: "map",
    description:
      "The signals by which backends are judged. A signal that is present is on. If neither the rule nor `defaults` has `signals`: readiness, successRate and gateway.",
  }),
  failAfter: duration().prefault("10s").meta({
    description:
      "How long a metric signal must be unfit before its backend is removed. Each signal may have its own; readiness and gateway do not wait without one.",
  }),
  recoverAfter: duration().prefault("1m").meta({ description: "How long a removed backend must be good before traffic returns to it." }),
  return: returning.prefault({}).meta({ title: "map", description: "How traffic returns to a recovered backend." }),
  damping: damping.prefault({}).meta({ title: "map", description: "How much longer a backend waits after a relapse." }),
  fallback: fallback.prefault({}).meta({ title: "map", description: "How standbys are used." }),
  spill: spill.nullable().exactOptional().meta({
    title: "map, or null",
    description:
      "Divides the load by ready capacity: if a tier has too few ready endpoints for its load, the rest goes to the next tier. Default: off.",
  }),
  whenNoneFit: z.enum(["readiness", "hold"]).prefault("readiness").meta({
    title: "`readiness` or `hold`",
    description:
      "What happens while no backend of a route serves. `readiness`: a backend that carries the load keeps it while one of its endpoints is ready, unless another ready one does significantly better; otherwise the best of the ready ones takes it, by tiers. `hold`: the weights stay as they are, but for the steps of a backend that returns.",
  }),
  whenNoneReady: z.enum(["hold", "standby"]).prefault("hold").meta({
    title: "`hold` or `standby`",
    description:
      "What happens while no backend of a route has a ready endpoint. `hold`: the weights stay as they are. `standby`: the first standby gets the load, also with `whenNoneFit: hold`; one that sleeps at zero replicas may wake when it is sent requests.",
  }),
};

/** One rule after the merge with `defaults`; its output is a `Rule`. */
export const ruleSchema = z
  .strictObject({
    name: nameOf("a rule").meta({
      title: "name",
      description: "Name of the rule in logs, on the status page and in the rule annotation; unique.",
    }),
    ...body,
  })
  .transform(({ failAfter, recoverAfter, spill, ...rest }) => ({
    ...rest,
    failAfterMs: failAfter,
    recoverAfterMs: recoverAfter,
    ...(spill && { spill }),
  }));

/** The file as it is written. It checks each value alone; conflicts between values are found after the merge. */
export const rulesFileSchema = z.strictObject({
  version: z.literal(1).meta({ title: "`1`", description: "Version of the format." }),
  defaults: z
    .strictObject(body)
    .exactOptional()
    .meta({ title: "map", description: "Defaults for every rule: the keys of a rule, except `name`. A key in a rule takes precedence." }),
  rules: z
    .array(ruleSchema)
    .min(1)
    .max(MAX_RULES)
    .meta({ title: "list of rules", description: "The first rule that matches a route applies to it." }),
  brakes: brakesSchema.prefault({}).meta({ title: "map", description: "Limits for changes of weights, for all routes together." }),
});

/** The file as a JSON value. */
export type RulesFile = z.input<typeof rulesFileSchema>;

/** The JSON Schema of the rules file, for editors and other checkers. */
export function rulesJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(rulesFileSchema, { io: "input" });
}
