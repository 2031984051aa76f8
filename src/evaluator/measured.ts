import { serviceKey } from "../routes/route.ts";
import type { Rule } from "../rules/ruleSet.ts";
import type { BackendReport } from "./backendReport.ts";
import { type Answer, type Counts, latencyKey, type Metrics, queryKey } from "./observation.ts";
import type { Survey } from "./survey.ts";

/** Whether metrics told a value of someone who carries some of a route's load. */
export function isMeasured(backends: ReadonlyMap<string, BackendReport>, shares: ReadonlyMap<string, number>): boolean {
  for (const { backend, judgement } of backends.values()) {
    if ((shares.get(backend) ?? 0) === 0) continue;
    for (const { reading } of judgement.soft) if (reading.state === "value") return true;
  }
  return false;
}

/**
 * Whether the metrics of those who carry a route's load are gone: no answer, or no series of theirs in it. A glance at the
 * answers, before anything is judged by them.
 */
export function hasLostMetrics({ route, shares, services, apex }: Survey, { signals }: Rule, metrics: Metrics | null): boolean {
  if (metrics === null) return true;
  const { successRate, latency, unanswered, queries } = signals;
  const requests = successRate === undefined ? undefined : metrics.requests.get(successRate.windowMs);
  if (requests?.state === "answered") {
    const ofRoute = route.kind === "TrafficSplit" ? requests.value.apexes.get(apex) : requests.value.routes.get(route.key);
    if ((ofRoute?.failures ?? 0) > 0) return false;
  }
  // Under other rules than those that judged it something else was asked.
  if (successRate !== undefined && requests === undefined) return false;
  if (latency !== undefined && !metrics.latency.has(latencyKey(latency.underMs, latency.windowMs))) return false;
  if (unanswered !== undefined && !metrics.unanswered.has(unanswered.windowMs)) return false;
  const leaves = requests?.state === "answered" ? requests.value.leaves : undefined;
  const slow = latency === undefined ? undefined : countsIn(metrics.latency.get(latencyKey(latency.underMs, latency.windowMs)));
  const begun = unanswered === undefined ? undefined : countsIn(metrics.unanswered.get(unanswered.windowMs));
  for (const [backend, share] of shares) {
    if (share === 0) continue;
    const service = services.get(backend) ?? serviceKey(route.namespace, backend);
    if (leaves?.has(service) === true || slow?.has(service) === true || begun?.has(service) === true) return false;
    if (queries?.some(({ name }) => isNumber(metrics.queries.get(queryKey(route.key, backend, name)))) === true) return false;
  }
  return true;
}

function countsIn(answer: Answer<ReadonlyMap<string, Counts>> | undefined): ReadonlyMap<string, Counts> | undefined {
  return answer?.state === "answered" ? answer.value : undefined;
}

function isNumber(answer: Answer<number | null> | undefined): boolean {
  return answer?.state === "answered" && answer.value !== null;
}
