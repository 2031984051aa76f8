import { type Answer, type Counts, latencyKey, type Metrics } from "../evaluator/model/observation.ts";
import type { Route } from "../routes/route.ts";
import type { LatencyQuestion, Questions } from "../rules/questions.ts";
import { askedRoutes } from "./askedRoutes.ts";
import { Inquiry } from "./inquiry.ts";
import { inSlices } from "./inSlices.ts";
import type { Kept } from "./kept.ts";
import type { PrometheusClient } from "./prometheus.ts";

export const NO_GATEWAYS: Metrics["gateways"] = { state: "answered", value: new Map() };

/** Sends all queries that the rules need for these routes in parallel, except operators' queries; at `atMs`, or now. */
export async function askAll(
  prometheus: PrometheusClient,
  routes: readonly Route[],
  questions: Questions,
  kept: Kept,
  atMs: number | undefined,
  elsewhere: ReadonlySet<string> = new Set(),
): Promise<Metrics> {
  const inquiry = new Inquiry(prometheus, await inSlices(askedRoutes(routes, elsewhere)), kept, atMs);
  const [requests, latency, unanswered, gateways] = await Promise.all([
    byWindow(questions.requests, (windowMs) => inquiry.requests(windowMs)),
    askLatency(questions.latency, inquiry),
    byWindow(questions.unanswered, (windowMs) => inquiry.unanswered(windowMs)),
    questions.gateway ? inquiry.gateways() : NO_GATEWAYS,
  ]);
  return { requests, latency, unanswered, gateways, queries: new Map() };
}

async function byWindow<T>(windows: readonly number[], ask: (windowMs: number) => Promise<T>): Promise<ReadonlyMap<number, T>> {
  return new Map(await Promise.all([...new Set(windows)].map(async (windowMs) => [windowMs, await ask(windowMs)] as const)));
}

/** All bounds with the same window share one query. */
async function askLatency(questions: readonly LatencyQuestion[], inquiry: Inquiry): Promise<Metrics["latency"]> {
  const windows = new Set(questions.map(({ windowMs }) => windowMs));
  const answers = await Promise.all(
    [...windows].map(async (windowMs) => {
      const bounds = [...new Set(questions.filter((question) => question.windowMs === windowMs).map(({ underMs }) => underMs))];
      const read = await inquiry.latency(windowMs, bounds);
      return read.map((answer, i): [string, Answer<ReadonlyMap<string, Counts>>] => [
        latencyKey(bounds[i] ?? Number.NaN, windowMs),
        answer,
      ]);
    }),
  );
  return new Map(answers.flat());
}
