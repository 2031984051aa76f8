import type { PrometheusClient } from "../../../observer/prometheus.ts";
import type { QueryAnswer } from "../../../observer/queryAnswer.ts";

/** Two replays in step ask about the same few ticks. Older answers are dropped. */
const ANSWERS_KEPT = 1_000;

/** A client whose answers are shared: the same query about the same time is sent once. */
export function sharedAnswers(prometheus: PrometheusClient): PrometheusClient {
  const kept = new Map<string, Promise<QueryAnswer>>();
  const once = (kind: "query" | "queryAside") => (promql: string, atMs?: number) => {
    const key = `${kind} ${atMs} ${promql}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const answer = prometheus[kind](promql, atMs);
    kept.set(key, answer);
    const [oldest] = kept.keys();
    if (kept.size > ANSWERS_KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  };
  return { ...prometheus, query: once("query"), queryAside: once("queryAside") };
}
