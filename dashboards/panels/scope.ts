import { type Matchers, metric, ROUTE } from "../metric.ts";
import { RANGE } from "./kinds.ts";

/** Matchers for the controllers that are selected in the dashboard's variables. A series without the label `cluster` matches "All". */
export const SOURCE = { cluster: { like: "$cluster" }, job: { like: "$job" } } as const satisfies Matchers<"leader">;

/** Matchers for the routes that are selected. */
export const SCOPE = {
  ...SOURCE,
  namespace: { like: "$namespace" },
  route: { like: "$route" },
} as const satisfies Matchers<"route_shifted">;

/**
 * Keeps of a graph's series those of the routes that matter most: `$top` of them, users failing first, then shifted in the time range.
 * The choice is made once, at the end of the range, so that no line is cut into pieces.
 */
export function ofTopRoutes(series: string): string {
  const worst = (name: "route_degraded" | "route_shifted") => `max_over_time(${metric(name, SCOPE)}[${RANGE}] @ end())`;
  return `${series} and on (${ROUTE}) topk($top, max by (${ROUTE}) (2 * ${worst("route_degraded")} + ${worst("route_shifted")}))`;
}
