import { brakesSchema } from "./brakesSchema.ts";
import type { RuleSet } from "./ruleSet.ts";
import { ruleSchema } from "./rulesSchema.ts";

/** What holds where no rules file is given: one rule for every route, as the schema fills it in. */
export const DEFAULT_RULES: RuleSet = { rules: [ruleSchema.parse({ name: "default" })], brakes: brakesSchema.parse({}) };
