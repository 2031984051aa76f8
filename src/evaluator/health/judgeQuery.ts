import type { Rule } from "../../rules/ruleSet.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import type { Answer } from "../model/observation.ts";
import type { Opinion, Reason } from "../model/reason.ts";
import type { Evidence } from "./evidence.ts";

/**
 * Judges a backend by the value of an operator's own query. No sample is `quiet` for a backend that is sent no requests, and
 * `missing` for one that has weight.
 */
export function judgeQuery(
  query: NonNullable<Rule["signals"]["queries"]>[number],
  answer: Answer<number | null>,
  { windows, backend }: Evidence,
): SignalJudgement {
  const { name, failAbove, recoverBelow, prometheus } = query;
  const place = prometheus === undefined ? {} : { prometheus };
  const own = { signal: `query ${name}`, cause: "query" } as const;
  if (answer.state === "answered" && answer.value === null && !windows.wasSentRequests(backend, null)) {
    const reason: Reason = { kind: "noMetrics", signal: own.signal, why: "quiet", ...place };
    return { ...own, opinion: "quiet", reading: { state: "quiet", good: 0, total: 0 }, interval: null, reasons: [reason] };
  }
  if (answer.state === "failed" || answer.value === null) {
    const why = answer.state === "failed" ? "failed" : "missing";
    const error = answer.state === "failed" ? { error: answer.error } : {};
    const reason: Reason = { kind: "noMetrics", signal: own.signal, why, ...place, ...error };
    return { ...own, opinion: why, reading: { state: why }, interval: null, reasons: [reason] };
  }
  const value = answer.value;
  const opinion: Opinion = value > failAbove ? "unfit" : value <= recoverBelow ? "fit" : "between";
  return {
    ...own,
    opinion,
    reading: { state: "value", value },
    // Intervals are higher for better backends, and a query's value has no uncertainty.
    interval: { lower: -value, upper: -value },
    reasons: [{ kind: "query", name, ...place, opinion, value, failAbove, recoverBelow }],
  };
}
