import type { RouteStatus } from "./routeStatus.ts";

/**
 * The severities, the worst first. `failing`: users are failing now. `problem`: needs the owner's attention. `baseline`: at the
 * baseline, and no controller told whether it is healthy.
 */
export const SEVERITIES = ["failing", "shifted", "returning", "problem", "baseline", "healthy"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How urgent a route is. */
export function severityOf({
  degraded,
  shifted,
  problems,
  backends,
}: Pick<RouteStatus, "degraded" | "shifted" | "problems" | "backends">): Severity {
  if (degraded === true) return "failing";
  if (shifted) return backends.some(({ phase }) => phase === "returning") ? "returning" : "shifted";
  if (problems.length > 0) return "problem";
  return degraded === null ? "baseline" : "healthy";
}

/** Orders routes: the worst first, then by namespace, name and kind. */
export function compareRoutes(a: RouteStatus, b: RouteStatus): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    compare(a.namespace, b.namespace) ||
    compare(a.name, b.name) ||
    compare(a.kind, b.kind)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
