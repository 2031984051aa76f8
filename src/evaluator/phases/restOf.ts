import { longestWindowMs } from "../../rules/longestWindow.ts";
import type { BackendReport } from "../model/backendReport.ts";
import { RESTLESS, UNTIL_CHANGED } from "../model/rest.ts";
import type { RouteFacts } from "../model/routeFacts.ts";
import { LATE_FAILURES_MS } from "../model/weightHistory.ts";

/**
 * Until when a route rests: with the same object, endpoints, readings and rules no tick before that time can change anything of it.
 * Only what is certain counts. A route with a backend that does not simply serve, or with a recent past that still fades from the
 * windows, does not rest; nor does one with a pin or a write that is due, which the caller knows.
 */
export function restOf(facts: RouteFacts, moved: ReadonlyMap<string, BackendReport>, nowMs: number): number {
  if (facts.surveyed.reconciled.source === "reapplied") return RESTLESS;
  const [since, ...later] = facts.history;
  const fadesMs = longestWindowMs(facts.rule) + LATE_FAILURES_MS;
  if (since === undefined || later.length > 0 || since.atMs > nowMs - fadesMs) return RESTLESS;
  let untilMs = UNTIL_CHANGED;
  for (const report of moved.values()) untilMs = Math.min(untilMs, restOfBackend(report, facts));
  return untilMs;
}

function restOfBackend({ before, state, waits }: BackendReport, { rule }: RouteFacts): number {
  if (state.phase !== "serving" || before !== state || waits.length > 0) return RESTLESS;
  // Its relapses are forgotten later.
  return state.cause === null ? UNTIL_CHANGED : state.sinceMs + rule.damping.forgetAfterMs;
}
