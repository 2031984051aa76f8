import type { Read } from "../linkerd/counts.ts";
import type { CounterQuery } from "../linkerd/increase.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { QueryAnswer } from "./queryAnswer.ts";
import { serverTimeMs } from "./serverTime.ts";

type Send = PrometheusClient["query"];

/** A function that asks queries at `atMs`, or now. Those of two moments are all for the same ones, so the server's time is asked first. */
export function askCounters(send: Send, atMs: number | undefined): (query: string | CounterQuery) => Promise<QueryAnswer> {
  let time: Promise<Read<number>> | null = null;
  return async (query) => {
    if (typeof query === "string") return send(query, atMs);
    if (query.spanMs === null) return send(query.promql, atMs);
    time ??= serverTimeMs(send, atMs);
    const now = await time;
    return now.ok ? send(query.promql, now.value, query.spanMs) : { ok: false, outcome: "error", why: now.why };
  };
}
