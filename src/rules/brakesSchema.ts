import * as z from "zod";
import { duration, share } from "./scalarSchemas.ts";

const MIN_WITHIN_MS = 1_000;
const MAX_WITHIN_MS = 3_600_000;
/** A failover that has to wait longer for its turn is none. */
const MAX_BETWEEN_WRITES_MS = 30_000;
const MAX_AT_LEAST = 100_000;

const maxShifted = z
  .strictObject({
    share: share().prefault("50%").meta({ description: "So large a part of the managed routes may leave their baseline by metrics." }),
    atLeast: z
      .int()
      .min(1)
      .max(MAX_AT_LEAST)
      .prefault(2)
      .meta({ title: "whole number", description: "So many may in any case, however few there are." }),
    within: duration(MIN_WITHIN_MS, MAX_WITHIN_MS)
      .prefault("1m")
      .meta({ description: "Those are counted that left within this time; it slides, so the others follow." }),
  })
  .transform(({ within, ...rest }) => ({ ...rest, withinMs: within }));

const signalLoss = share((value, spelled) =>
  value > 0 ? null : { wrong: `is ${spelled}, which would hold every move for ever`, hint: "write a share such as 50%" },
);

/** What holds moves back, for all routes together. */
export const brakesSchema = z
  .strictObject({
    maxShifted: maxShifted.prefault({}).meta({
      title: "map",
      description: "How many routes may leave their baseline by metrics in a while. Lost endpoints and dead gateways are exempt.",
    }),
    signalLoss: signalLoss.prefault("50%").meta({
      description:
        "When so large a part of the routes that had metrics (at least five) loses them in one look, that is an outage of the monitoring: what metrics say moves nothing until it is over, for 10 minutes at most.",
    }),
    minTimeBetweenWrites: duration(0, MAX_BETWEEN_WRITES_MS).prefault("1s").meta({
      description: "Two decisions about one route are at least this far apart.",
    }),
  })
  .transform(({ minTimeBetweenWrites, ...rest }) => ({ ...rest, minTimeBetweenWritesMs: minTimeBetweenWrites }));
