import type { CountedEndpoints, Endpoints } from "../model/observation.ts";
import type { RouteFacts } from "../model/routeFacts.ts";
import { SHARE_TOLERANCE } from "../model/sameShares.ts";
import type { Standing } from "../model/standings.ts";
import type { SurveyedSplit } from "../model/survey.ts";
import type { Evidence } from "./evidence.ts";

/**
 * Whether endpoints that may have been ready before count as missing. They do for a backend that has lacked load because of its
 * endpoints since they were first seen, else they do not: so nothing moves because a controller is new. Null: there are none.
 */
export function countsUnclear({ endpoints, lacksLoad, last }: Evidence): boolean | null {
  const known = last?.countsUnclear ?? null;
  if (endpoints?.state === "stale") return known;
  if (endpoints?.state !== "counted" || endpoints.unclear === undefined) return null;
  return known !== false && lacksLoad;
}

/** The endpoints of a backend, with the unclear ones as missing or not at all. */
export function withoutUnclear(seen: Endpoints, asMissing: boolean): Endpoints {
  if (seen.state !== "counted" || seen.unclear === undefined) return seen;
  const { ready, notReady, unclear }: CountedEndpoints = seen;
  return { state: "counted", ready, notReady: notReady + (asMissing ? unclear : 0) };
}

/** Whether a backend is out because of its endpoints, or some of its load has spilled over. One that returns had enough of them. */
export function lacksLoad({ backend, state }: Standing, { surveyed, rule }: RouteFacts): boolean {
  if (state.phase === "out") return state.cause === "readiness";
  if (state.phase === "returning") return false;
  return rule.spill !== undefined && surveyed.splits.some((split) => hasSpilled(backend, split, rule.fallback.standbyShare));
}

function hasSpilled(backend: string, { isOurs, live, baseline }: SurveyedSplit, standbyShare: number): boolean {
  return isOurs && shareOf(backend, live) < shareOf(backend, baseline) * (1 - standbyShare) - SHARE_TOLERANCE;
}

function shareOf(backend: string, weights: Readonly<Record<string, number>>): number {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return sum > 0 && Object.hasOwn(weights, backend) ? (weights[backend] ?? 0) / sum : 0;
}
