import type { Matchers } from "../metric.ts";

/** Matchers for the routes that are selected in the dashboard's variables. */
export const SCOPE = { namespace: { like: "$namespace" }, route: { like: "$route" } } as const satisfies Matchers<"route_shifted">;
