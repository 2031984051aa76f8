import type { Read } from "../linkerd/counts.ts";
import { TIME_QUERY } from "../linkerd/queries.ts";
import type { QueryAnswer } from "./queryAnswer.ts";

/** `atMs`, or if absent the time now by the clock of Prometheus, which may differ from ours. */
export async function serverTimeMs(ask: (promql: string) => Promise<QueryAnswer>, atMs: number | undefined): Promise<Read<number>> {
  if (atMs !== undefined) return { ok: true, value: atMs };
  const answer = await ask(TIME_QUERY);
  if (!answer.ok) return { ok: false, why: answer.why };
  const seconds = answer.samples[0]?.value;
  return seconds === undefined || !Number.isFinite(seconds)
    ? { ok: false, why: "Prometheus did not tell its time" }
    : { ok: true, value: Math.round(seconds * 1_000) };
}
