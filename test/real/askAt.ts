import type { Answer, Counts, Metrics, RequestCounts } from "../../src/evaluator/model/observation.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { Route } from "../../src/routes/route.ts";
import type { Questions } from "../../src/rules/questions.ts";

const INTERVAL_MS = 10_000;
/** The gateways are queried only if a backend is mirrored through one. */
const CLUSTERS = new Map([["emojivoto/web-svc-east", "east"]]);

/** Sends the queries about these routes to a Prometheus, for a given time. */
export async function askAt(
  url: string,
  routes: readonly Route[],
  questions: Partial<Questions>,
  atMs: number,
  elsewhere: ReadonlySet<string> = new Set(),
): Promise<Metrics> {
  const reader = new MetricsReader(createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: INTERVAL_MS }), INTERVAL_MS);
  const all: Questions = { requests: [], latency: [], unanswered: [], gateway: false, queries: () => [], ...questions };
  return await reader.ask({ routes, clusters: CLUSTERS, linked: CLUSTERS, elsewhere }, all, atMs, atMs);
}

/** The requests of one window. */
export async function requestsAt(url: string, routes: readonly Route[], windowMs: number, atMs: number): Promise<RequestCounts> {
  const { requests } = await askAt(url, routes, { requests: [windowMs] }, atMs);
  return answered(requests.get(windowMs));
}

export function answered<T>(answer: Answer<T> | undefined): T {
  if (answer?.state !== "answered") throw new Error(JSON.stringify(answer));
  return answer.value;
}

/** Share of good requests. */
export function ratio(counts: Counts | undefined): number {
  return counts === undefined ? Number.NaN : 1 - counts.failures / counts.total;
}
