import type { Matchers } from "../metric.ts";

/** The routes that the reader chose. */
export const SCOPE = { namespace: { like: "$namespace" }, route: { like: "$route" } } as const satisfies Matchers<"route_shifted">;
