/**
 * rules/ — parses the rules file.
 *
 * The schema is the only definition of the rules file; everything else here is derived from it. It must never read a
 * file, a clock or the environment: text goes in, a RuleSet or problems come out.
 */
import type * as z from "zod";
import type { brakesSchema } from "./brakesSchema.ts";
import type { ruleSchema } from "./rulesSchema.ts";

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** A rule with a value for every key. Durations are in milliseconds, shares are 0..1. */
export type Rule = Frozen<z.output<typeof ruleSchema>>;

/** An absent part matches everything. */
export type Match = Rule["match"];

/** A signal that is absent is off. */
export type Signals = Rule["signals"];

export type SuccessRateSignal = NonNullable<Signals["successRate"]>;

/** The limits for all routes together. */
export type Brakes = Frozen<z.output<typeof brakesSchema>>;

export interface RuleSet {
  /** Never empty; the first rule that matches a route applies to it. */
  readonly rules: readonly Rule[];
  readonly brakes: Brakes;
}
