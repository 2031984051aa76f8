import type { RouteStatus } from "./routeStatus.ts";

/**
 * The severities of the status page, the worst first, and `baseline`: at the baseline, and no controller told whether it is healthy.
 */
export const SEVERITIES = ["failing", "shifted", "returning", "attention", "baseline", "healthy"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How urgent a route is. */
export function severityOf({
  degraded,
  shifted,
  problems,
  backends,
  needsAttention,
}: Pick<RouteStatus, "degraded" | "shifted" | "problems" | "backends"> & { readonly needsAttention: boolean }): Severity {
  if (degraded === true) return "failing";
  if (shifted) return backends.some(({ phase }) => phase === "returning") ? "returning" : "shifted";
  if (problems.length > 0 || needsAttention) return "attention";
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
