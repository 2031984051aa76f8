import type { Rule } from "../../rules/ruleSet.ts";
import type { ClusterState } from "../model/cluster.ts";
import { type Answer, type Counts, latencyKey, type Metrics, type Observation, queryKey, type RequestCounts } from "../model/observation.ts";
import { NO_READINGS, type Readings } from "../model/readings.ts";
import type { Survey } from "../model/survey.ts";
import { requestsOf, whyFailed } from "./successRates.ts";

/** What a route is judged by, beside its endpoints. */
export interface Judged {
  readonly surveyed: Survey;
  readonly rule: Rule;
}

/**
 * All that metrics say of a route, as a list of plain values. Whatever `judgeRoute` takes from the answers must be in it, for a
 * route at rest is judged again only if this list has changed.
 */
export function readingsOf(
  { surveyed, rule }: Judged,
  { metrics, clusters }: Pick<Observation, "metrics" | "clusters">,
  byName: ReadonlyMap<string, ClusterState>,
): Readings {
  if (metrics === null) return NO_READINGS;
  const { successRate, latency, unanswered, queries } = rule.signals;
  const read: unknown[] = [];
  if (successRate !== undefined) readRequests(read, surveyed, metrics.requests.get(successRate.windowMs));
  if (latency !== undefined) readLeaves(read, surveyed, metrics.latency.get(latencyKey(latency.underMs, latency.windowMs)));
  if (unanswered !== undefined) readLeaves(read, surveyed, metrics.unanswered.get(unanswered.windowMs));
  for (const { name } of queries ?? []) {
    for (const backend of surveyed.services.keys()) readNumber(read, metrics.queries.get(queryKey(surveyed.route.key, backend, name)));
  }
  if (clusters.size > 0) for (const service of surveyed.services.values()) read.push(clusterOf(service, clusters, byName));
  if (metrics.clients?.has(surveyed.route.key) === true) read.push(metrics.clients.get(surveyed.route.key));
  return read;
}

/** Whether two ticks have the very same answers, so that no route can read anything else. */
export function haveSameAnswers(a: Metrics | null, b: Metrics | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return (
    a.gateways === b.gateways &&
    a.clients === b.clients &&
    haveSame(a.requests, b.requests) &&
    haveSame(a.latency, b.latency) &&
    haveSame(a.unanswered, b.unanswered) &&
    haveSame(a.queries, b.queries)
  );
}

function haveSame(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

function readRequests(read: unknown[], surveyed: Survey, answer: Answer<RequestCounts> | undefined): void {
  if (answer?.state !== "answered") return noAnswer(read, answer);
  const counts = answer.value;
  const { route, apex, services } = surveyed;
  read.push(whyFailed(surveyed, counts));
  push(read, requestsOf(surveyed, counts));
  const own = route.kind === "TrafficSplit" ? undefined : counts.backends?.get(route.key);
  if (own !== undefined) {
    for (const service of services.values()) push(read, own.get(service));
    if (route.kind !== "GRPCRoute") for (const service of services.values()) push(read, counts.grpcLeaves?.get(service));
    return;
  }
  const sent = route.kind === "TrafficSplit" ? counts.sent?.get(apex) : undefined;
  for (const service of services.values()) {
    push(read, counts.leaves.get(service));
    if (sent !== undefined) read.push(sent.get(service));
  }
}

function readLeaves(read: unknown[], { services }: Survey, answer: Answer<ReadonlyMap<string, Counts>> | undefined): void {
  if (answer?.state !== "answered") return noAnswer(read, answer);
  for (const service of services.values()) push(read, answer.value.get(service));
}

function readNumber(read: unknown[], answer: Answer<number | null> | undefined): void {
  if (answer?.state === "answered") read.push(answer.value);
  else noAnswer(read, answer);
}

function noAnswer(read: unknown[], answer: Answer<unknown> | undefined): void {
  read.push(answer?.state === "failed" ? answer.error : undefined);
}

function push(read: unknown[], counts: Counts | undefined): void {
  read.push(counts?.total, counts?.failures);
}

function clusterOf(
  service: string,
  clusters: ReadonlyMap<string, string>,
  byName: ReadonlyMap<string, ClusterState>,
): ClusterState | undefined {
  const cluster = clusters.get(service);
  return cluster === undefined ? undefined : byName.get(cluster);
}
