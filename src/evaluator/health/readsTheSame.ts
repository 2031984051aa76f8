import type { Rule } from "../../rules/ruleSet.ts";
import type { ClusterState } from "../model/cluster.ts";
import { type Answer, answersFor, type Counts, latencyKey, type Metrics, queryKey, type RequestCounts } from "../model/observation.ts";
import type { Survey } from "../model/survey.ts";
import { requestsOf, whyFailed } from "./successRates.ts";

/** What Prometheus has answered at one tick, and the linked clusters after it. */
export interface Answers {
  readonly metrics: Metrics | null;
  /** The cluster of each Service that mirrors one of another cluster. */
  readonly clusters: ReadonlyMap<string, string>;
  readonly byName: ReadonlyMap<string, ClusterState>;
}

/** Whether two ticks have the very same answers, so that no route can read anything else. */
export function haveSameAnswers(a: Metrics | null, b: Metrics | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || a.gateways !== b.gateways || a.clients !== b.clients) return false;
  return (
    haveSame(a.requests, b.requests) &&
    haveSame(a.latency, b.latency) &&
    haveSame(a.unanswered, b.unanswered) &&
    haveSame(a.queries, b.queries) &&
    haveSameAnswers(a.main ?? null, b.main ?? null)
  );
}

/**
 * Whether a route reads the same from the answers of two ticks. Whatever `judgeRoute` takes from them must be compared here, for a
 * route at rest is judged again only if this is false. What was read last is compared first, because it changes most often.
 */
export function readsTheSame(surveyed: Survey, { signals }: Rule, before: Answers, now: Answers): boolean {
  const [a, b] = [before.metrics, now.metrics];
  if (a === null || b === null) return a === b;
  const { route, services } = surveyed;
  const { successRate, latency, unanswered, queries } = signals;
  if (successRate !== undefined) {
    const [before, now] = [answersFor(successRate, a), answersFor(successRate, b)];
    const windowMs = successRate.windowMs;
    if (!isSameOfRoute(surveyed, before.requests.get(windowMs), now.requests.get(windowMs))) return false;
    if (before.clients?.get(route.key) !== now.clients?.get(route.key)) return false;
  }
  if (latency !== undefined) {
    const key = latencyKey(latency.underMs, latency.windowMs);
    if (!isSameOfLeaves(services, answersFor(latency, a).latency.get(key), answersFor(latency, b).latency.get(key))) return false;
  }
  if (unanswered !== undefined) {
    const windowMs = unanswered.windowMs;
    const [before, now] = [answersFor(unanswered, a), answersFor(unanswered, b)];
    if (!isSameOfLeaves(services, before.unanswered.get(windowMs), now.unanswered.get(windowMs))) return false;
  }
  for (const { name } of queries ?? []) {
    for (const backend of services.keys()) {
      const key = queryKey(route.key, backend, name);
      if (!isSameNumber(a.queries.get(key), b.queries.get(key))) return false;
    }
  }
  if (before.clusters.size + now.clusters.size > 0) {
    for (const service of services.values()) if (clusterOf(service, before) !== clusterOf(service, now)) return false;
  }
  return true;
}

function haveSame(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

function isSameOfRoute(surveyed: Survey, a: Answer<RequestCounts> | undefined, b: Answer<RequestCounts> | undefined): boolean {
  if (a === b) return true;
  if (a?.state !== "answered" || b?.state !== "answered") return isSameFailure(a, b);
  const { route, apex, services } = surveyed;
  const [before, now] = [a.value, b.value];
  if (!isSameCount(requestsOf(surveyed, before), requestsOf(surveyed, now))) return false;
  if (whyFailed(surveyed, before) !== whyFailed(surveyed, now)) return false;
  const isSplit = route.kind === "TrafficSplit";
  const own = [isSplit ? undefined : before.backends?.get(route.key), isSplit ? undefined : now.backends?.get(route.key)] as const;
  if ((own[0] === undefined) !== (own[1] === undefined)) return false;
  const leaves = [own[0] ?? before.leaves, own[1] ?? now.leaves] as const;
  for (const service of services.values()) {
    if (!isSameCount(leaves[0].get(service), leaves[1].get(service))) return false;
    if (!isSplit && !isSameCount(before.grpcLeaves?.get(service), now.grpcLeaves?.get(service))) return false;
  }
  return !isSplit || isSameSent(services, before.sent?.get(apex), now.sent?.get(apex));
}

function isSameSent(
  services: Survey["services"],
  a: ReadonlyMap<string, number> | undefined,
  b: ReadonlyMap<string, number> | undefined,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  for (const service of services.values()) if (a.get(service) !== b.get(service)) return false;
  return true;
}

type LeafAnswer = Answer<ReadonlyMap<string, Counts>> | undefined;

function isSameOfLeaves(services: Survey["services"], a: LeafAnswer, b: LeafAnswer): boolean {
  if (a === b) return true;
  if (a?.state !== "answered" || b?.state !== "answered") return isSameFailure(a, b);
  for (const service of services.values()) if (!isSameCount(a.value.get(service), b.value.get(service))) return false;
  return true;
}

function isSameNumber(a: Answer<number | null> | undefined, b: Answer<number | null> | undefined): boolean {
  if (a?.state !== "answered" || b?.state !== "answered") return isSameFailure(a, b);
  return a.value === b.value;
}

function isSameFailure(a: Answer<unknown> | undefined, b: Answer<unknown> | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.state === "failed" && b.state === "failed" && a.error === b.error;
}

function isSameCount(a: Counts | undefined, b: Counts | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.total === b.total && a.failures === b.failures);
}

function clusterOf(service: string, { clusters, byName }: Answers): ClusterState | undefined {
  const cluster = clusters.get(service);
  return cluster === undefined ? undefined : byName.get(cluster);
}
