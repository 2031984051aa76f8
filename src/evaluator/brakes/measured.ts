import { serviceKey } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import { requestsOf, whyFailed } from "../health/successRates.ts";
import type { BackendReport } from "../model/backendReport.ts";
import { type Answer, answersFor, type Counts, latencyKey, type Metrics, queryKey } from "../model/observation.ts";
import type { Survey } from "../model/survey.ts";

/** Whether metrics have a value for a backend that carries load. */
export function isMeasured(backends: ReadonlyMap<string, BackendReport>, shares: ReadonlyMap<string, number>): boolean {
  for (const { backend, judgement } of backends.values()) {
    if ((shares.get(backend) ?? 0) === 0) continue;
    for (const { reading } of judgement.soft) if (reading.state === "value") return true;
  }
  return false;
}

/**
 * Whether the metrics of all backends that carry a route's load are lost: there is no answer, or their series are not in it. It
 * reads the answers before anything is judged by them. Null: unknown, because the rules changed and a query was not sent.
 */
export function hasLostMetrics(surveyed: Survey, rule: Rule, metrics: Metrics | null): boolean | null {
  if (metrics === null) return true;
  const { route, shares, services } = surveyed;
  const { successRate, latency, unanswered, queries } = rule.signals;
  const requests = successRate && answersFor(successRate, metrics).requests.get(successRate.windowMs);
  const counts = requests?.state === "answered" && whyFailed(surveyed, requests.value) === null ? requests.value : undefined;
  if (counts !== undefined && (requestsOf(surveyed, counts)?.failures ?? 0) > 0) return false;
  const own = counts?.backends?.get(route.key) ?? counts?.leaves;
  const latencies = latency && answersFor(latency, metrics).latency.get(latencyKey(latency.underMs, latency.windowMs));
  const begun = unanswered && answersFor(unanswered, metrics).unanswered.get(unanswered.windowMs);
  let wasAsked = (successRate === undefined) === (requests === undefined);
  wasAsked &&= (latency === undefined) === (latencies === undefined) && (unanswered === undefined) === (begun === undefined);
  for (const [backend, share] of shares) {
    if (share === 0) continue;
    const service = services.get(backend) ?? serviceKey(route.namespace, backend);
    if (own?.has(service) === true || countsIn(latencies)?.has(service) === true || countsIn(begun)?.has(service) === true) return false;
    for (const { name } of queries ?? []) {
      const answer = metrics.queries.get(queryKey(route.key, backend, name));
      if (isNumber(answer)) return false;
      wasAsked &&= answer !== undefined;
    }
  }
  return wasAsked ? true : null;
}

function countsIn(answer: Answer<ReadonlyMap<string, Counts>> | undefined): ReadonlyMap<string, Counts> | undefined {
  return answer?.state === "answered" ? answer.value : undefined;
}

function isNumber(answer: Answer<number | null> | undefined): boolean {
  return answer?.state === "answered" && answer.value !== null;
}
