import type { Rule } from "../../rules/ruleSet.ts";
import {
  answersFor,
  type Counts,
  type Failed,
  type Metrics,
  NOT_ASKED,
  type RequestCounts,
  type RequestFamily,
  type SignalWindow,
} from "../model/observation.ts";
import type { RouteFacts } from "../model/routeFacts.ts";
import type { Survey } from "../model/survey.ts";
import { averageShares, LATE_FAILURES_MS, leastShares, unreachedBefore } from "../model/weightHistory.ts";
import type { BackendCounts } from "./backendCounts.ts";
import { leafCounts } from "./leafCounts.ts";
import { ownCounts, withGrpcFailures } from "./ownCounts.ts";

/** The families that a route's counts need. */
const NEEDED: Readonly<Record<string, readonly RequestFamily[]>> = {
  TrafficSplit: ["leaves", "apexes"],
  GRPCRoute: ["grpcRoutes"],
};
const NEEDED_BY_HTTP: readonly RequestFamily[] = ["httpRoutes", "grpcLeaves"];

/** The counts for `successRate` in the order of the standings, or one failure for all; undefined: the signal is off. */
export function successRates(facts: RouteFacts, metrics: Metrics | null, nowMs: number): readonly BackendCounts[] | Failed | undefined {
  const { surveyed, rule } = facts;
  const { successRate } = rule.signals;
  if (successRate === undefined || metrics === null) return undefined;
  const { windowMs } = successRate;
  const answer = answersFor(successRate, metrics).requests.get(windowMs) ?? NOT_ASKED;
  if (answer.state === "failed") return answer;
  const why = whyFailed(surveyed, answer.value);
  if (why !== null) return { state: "failed", error: why };
  return withoutOlder(backendCounts(facts, answer.value, windowMs, nowMs), facts, unreachedIn(surveyed, answer.value));
}

/** What these requests say of each backend, in the order of the standings. They may be those of some clients only. */
export function backendCounts(facts: RouteFacts, counts: RequestCounts, windowMs: number, nowMs: number): readonly BackendCounts[] {
  const { surveyed, history } = facts;
  const counted = countsOf(facts, counts, windowMs, nowMs);
  for (const { unaccounted } of counted) if (unaccounted > 0) return withoutIdle(counted, facts, history.at(-1)?.shares ?? surveyed.shares);
  return counted;
}

/** The failures of a route that reached no backend, as `metrics` counts them; undefined: unknown. */
export function unreachedOf(surveyed: Survey, rule: Rule, metrics: Metrics | null): number | undefined {
  const { successRate } = rule.signals;
  const answer = successRate && metrics !== null ? answersFor(successRate, metrics).requests.get(successRate.windowMs) : undefined;
  return answer?.state === "answered" ? unreachedIn(surveyed, answer.value) : undefined;
}

function unreachedIn(surveyed: Survey, counts: RequestCounts): number | undefined {
  const ofRoute = requestsOf(surveyed, counts);
  if (ofRoute === undefined) return undefined;
  const own = surveyed.route.kind === "TrafficSplit" ? undefined : counts.backends?.get(surveyed.route.key);
  let counted = 0;
  for (const service of surveyed.services.values()) counted += (own ?? counts.leaves).get(service)?.failures ?? 0;
  return Math.max(0, ofRoute.failures - counted);
}

/** Attributes to a backend that has just got its weight no failure that was counted before: at most as many as have been added since. */
function withoutOlder(
  counted: readonly BackendCounts[],
  { standings, history }: RouteFacts,
  unreached: number | undefined,
): readonly BackendCounts[] {
  if (history.length < 2 || unreached === undefined) return counted;
  // Other callers' failures at a leaf hide some of the route's own in the second number.
  const now = Math.max(
    unreached,
    counted.reduce((sum, { unaccounted }) => sum + unaccounted, 0),
  );
  return counted.map((counts, i) => {
    const before = unreachedBefore(history, standings[i]?.backend ?? "");
    const most = before === undefined ? counts.unaccounted : Math.max(0, now - before);
    return counts.unaccounted > most ? { ...counts, unaccounted: most } : counts;
  });
}

/** The requests that the route itself counted, over all its rules; undefined: it has no series. */
export function requestsOf({ route, apex }: Survey, { apexes, routes }: RequestCounts): Counts | undefined {
  return route.kind === "TrafficSplit" ? apexes.get(apex) : routes.get(route.key);
}

/**
 * The requests that the route itself counted, in such a window; null: unknown, as where another Prometheus counts in it: the two may
 * see other clients. For an own query, whose window is not known, `window` is null.
 */
export function requestsSent({ surveyed, rule }: RouteFacts, metrics: Metrics | null, window: SignalWindow | null): number | null {
  const { successRate } = rule.signals;
  if (successRate === undefined || metrics === null) return null;
  const answers = answersFor(successRate, metrics);
  if (window !== null && answersFor(window, metrics) !== answers) return null;
  const answer = answers.requests.get(successRate.windowMs);
  const total = answer?.state === "answered" ? (requestsOf(surveyed, answer.value)?.total ?? null) : null;
  return total === null || window === null ? total : (total * window.windowMs) / successRate.windowMs;
}

/** Why a route cannot be judged by these counts; null: it can. */
export function whyFailed({ route, services }: Survey, { failed, backends }: RequestCounts): string | null {
  if (failed === undefined || failed.size === 0) return null;
  const byRoute = NEEDED[route.kind] ?? NEEDED_BY_HTTP;
  // A route whose proxies do not count by route and backend is judged by its leaves.
  const needed = route.kind === "TrafficSplit" || backends?.has(route.key) === true ? byRoute : [...byRoute, "leaves" as const];
  for (const family of needed) {
    const why = failed.get(family);
    if (why !== undefined && services.size > 0) return why;
  }
  return null;
}

function countsOf(
  { surveyed, standings, history }: RouteFacts,
  counts: RequestCounts,
  windowMs: number,
  nowMs: number,
): readonly BackendCounts[] {
  const { route, alike } = surveyed;
  const shares = averageShares(history, nowMs, windowMs);
  const sharesBefore = averageShares(history, nowMs, windowMs + LATE_FAILURES_MS);
  const least = leastShares(history, nowMs, windowMs, LATE_FAILURES_MS);
  // If the route has rules that are no splits, a failure that no backend counted may belong to one of them.
  const ofRoute = route.hasOtherRules ? null : (requestsOf(surveyed, counts) ?? null);
  const own = route.kind === "TrafficSplit" ? undefined : counts.backends?.get(route.key);
  if (own !== undefined) {
    const backends = standings.map(({ backend, service }) => ({
      own: ofHttp(route.kind, own.get(service) ?? null, counts.grpcLeaves?.get(service) ?? null),
      share: shares.get(backend) ?? 0,
      leastShare: least.get(backend) ?? 0,
      shareBefore: sharesBefore.get(backend) ?? 0,
    }));
    return ownCounts(backends, ofRoute, alike);
  }
  // Of the time before this controller saw the route it is unknown which backends had weight.
  const isKnown = (history[0]?.atMs ?? nowMs) <= nowMs - windowMs - LATE_FAILURES_MS;
  const live = history.at(-1)?.shares;
  const sent = route.kind === "TrafficSplit" ? counts.sent?.get(surveyed.apex) : undefined;
  const leaves = standings.map(({ backend, service, state }) => ({
    leaf: counts.leaves.get(service) ?? null,
    // A longer past counts only for backends that are out, because late failures are theirs. With it, a standby that has just
    // given its load back would seem to fall short, and a relapse of the primary would be attributed to it.
    share: (state.phase === "out" ? sharesBefore : shares).get(backend) ?? 0,
    leastShare: (state.phase === "out" ? sharesBefore : least).get(backend) ?? 0,
    hadWeight: !isKnown || (sharesBefore.get(backend) ?? 0) > 0 || (live?.get(backend) ?? 0) > 0,
    sent: sent === undefined ? null : (sent.get(service) ?? 0),
  }));
  return leafCounts(leaves, ofRoute, alike);
}

function ofHttp(kind: string, own: Counts | null, grpcLeaf: Counts | null): Counts | null {
  return kind === "GRPCRoute" ? own : withGrpcFailures(own, grpcLeaf);
}

/** Attributes no failure that reached no backend to one that serves without load, because the attribution is an estimate. */
function withoutIdle(
  counted: readonly BackendCounts[],
  { standings }: RouteFacts,
  shares: ReadonlyMap<string, number>,
): readonly BackendCounts[] {
  return counted.map((counts, i) => {
    const standing = standings[i];
    const isIdle = standing !== undefined && standing.state.phase !== "out" && (shares.get(standing.backend) ?? 0) === 0;
    return counts.unaccounted > 0 && isIdle ? { ...counts, unaccounted: 0 } : counts;
  });
}
