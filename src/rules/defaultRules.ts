import { brakesSchema } from "./brakesSchema.ts";
import type { RuleSet } from "./ruleSet.ts";
import { ruleSchema } from "./rulesSchema.ts";

/** The rules without a rules file: one rule for all routes, with the defaults of the schema. */
export const DEFAULT_RULES: RuleSet = { rules: [ruleSchema.parse({ name: "default" })], brakes: brakesSchema.parse({}) };
