import type { Read } from "../linkerd/counts.ts";
import type { CounterQuery } from "../linkerd/increase.ts";
import { type ApartQuery, CHANGED_SINCE } from "../linkerd/steady.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { QueryAnswer } from "./queryAnswer.ts";
import { serverTimeMs } from "./serverTime.ts";

type Send = PrometheusClient["query"];

/** A query that names more instances would be long. */
export const CHANGED_LIMIT = 200;

/** A function that asks queries at `atMs`, or now. Those of two moments are all for the same ones, so the server's time is asked first. */
export function askCounters(send: Send, atMs: number | undefined): (query: string | CounterQuery) => Promise<QueryAnswer> {
  let time: Promise<Read<number>> | null = null;
  const changed = new Map<string, Promise<readonly string[] | null>>();
  return async (query) => {
    if (typeof query === "string") return send(query, atMs);
    const { promql, spanMs, apart } = query;
    if (spanMs === null && apart === undefined) return send(promql, atMs);
    time ??= serverTimeMs(send, atMs);
    const now = await time;
    if (!now.ok) return { ok: false, outcome: "error", why: now.why };
    if (apart === undefined) return send(promql, now.value, spanMs ?? 0);
    const known = changed.get(apart.changed) ?? changedAt(send, apart, now.value);
    changed.set(apart.changed, known);
    const others = await known;
    return (others === null ? null : await askApart(send, apart, others, now.value)) ?? send(promql, now.value);
  };
}

/** The instances that are not steady; null: unknown, or too many. */
async function changedAt(send: Send, { changed }: ApartQuery, nowMs: number): Promise<readonly string[] | null> {
  const answer = await send(changed, nowMs);
  if (!answer.ok || answer.partial !== null) return null;
  const instances = new Set(answer.samples.map(({ labels }) => labels["instance"] ?? ""));
  return instances.size > CHANGED_LIMIT || instances.has("") ? null : [...instances].sort();
}

/** Null: other proxies have changed since, so the values of the steady ones cannot be subtracted. */
async function askApart(send: Send, apart: ApartQuery, changed: readonly string[], nowMs: number): Promise<QueryAnswer | null> {
  const [steady, others] = await Promise.all([
    send(apart.steady(changed), nowMs, apart.windowMs),
    changed.length === 0 ? null : send(apart.others(changed), nowMs),
  ]);
  if (!steady.ok) return steady;
  if (steady.samples.some(({ labels }) => labels[CHANGED_SINCE] !== undefined)) return null;
  if (others === null || !others.ok) return others ?? steady;
  return { ok: true, samples: [...steady.samples, ...others.samples], partial: steady.partial ?? others.partial };
}
