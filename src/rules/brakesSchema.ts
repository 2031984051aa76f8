import * as z from "zod";
import { duration, share } from "./scalarSchemas.ts";

const MIN_WITHIN_MS = 1_000;
const MAX_WITHIN_MS = 3_600_000;
/** A longer wait would make a failover useless. */
const MAX_BETWEEN_WRITES_MS = 30_000;
const MAX_AT_LEAST = 100_000;

const maxShifted = z
  .strictObject({
    share: share()
      .prefault("50%")
      .meta({ description: "Maximum share of the managed routes that may leave their baseline within `within`." }),
    atLeast: z
      .int()
      .min(1)
      .max(MAX_AT_LEAST)
      .prefault(2)
      .meta({ title: "whole number", description: "This many routes may leave in any case, even if `share` allows fewer." }),
    within: duration(MIN_WITHIN_MS, MAX_WITHIN_MS).prefault("1m").meta({
      description:
        "Length of the sliding time window in which departures count, once they are written. Waiting routes follow as earlier departures leave it.",
    }),
  })
  .transform(({ within, ...rest }) => ({ ...rest, withinMs: within }));

const signalLoss = share((value, spelled) =>
  value > 0 ? null : { wrong: `is ${spelled}, which would stop all moves by metrics`, hint: "write a share such as 50%" },
);

/** The limits for all routes together. */
export const brakesSchema = z
  .strictObject({
    maxShifted: maxShifted.prefault({}).meta({
      title: "map",
      description:
        "Limits how many routes may leave their baseline because of metrics. Readiness and gateway are exempt. While several namespaces wait, each has its own part.",
    }),
    signalLoss: signalLoss.prefault("50%").meta({
      description:
        "If this share of the routes with metrics (at least five routes) loses them in one tick, metrics move no traffic until most of these routes have them again, for 10 minutes at most.",
    }),
    minTimeBetweenWrites: duration(0, MAX_BETWEEN_WRITES_MS).prefault("1s").meta({
      description: "Minimum time between two writes of one route, from when the first one landed.",
    }),
  })
  .transform(({ minTimeBetweenWrites, ...rest }) => ({ ...rest, minTimeBetweenWritesMs: minTimeBetweenWrites }));
