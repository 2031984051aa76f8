import type { BackendReport } from "./backendReport.ts";
import type { RouteFacts } from "./routeFacts.ts";
import type { RouteState } from "./state.ts";

/** Whether nothing of a route at rest has changed since the last tick. Its last state is then kept as it is. */
export function isUnchanged(
  { backends, splits, pinned, reasons, reappliedBy, trace }: RouteState,
  { surveyed, history, rule }: RouteFacts,
  moved: ReadonlyMap<string, BackendReport>,
): boolean {
  if (backends !== moved || trace.survey !== surveyed || trace.history !== history || trace.judgedBy !== rule) return false;
  if (pinned !== null || reappliedBy !== null || reasons.length > 0) return false;
  for (let i = 0; i < splits.length; i++) {
    const atRest = surveyed.splits[i]?.atRest;
    if (atRest === undefined || atRest.differs || atRest.state !== splits[i]) return false;
  }
  return true;
}
