import type { ProxyClock } from "../linkerd/increase.ts";
import { CLOCK_QUERY, LEAVES_BY_AUTHORITY_QUERY, type LeafLabel, TWO_MOMENTS_QUERY } from "../linkerd/queries.ts";
import { UNTOLD_QUERY } from "../linkerd/steady.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { QueryAnswer } from "./queryAnswer.ts";
import { serverTimeMs } from "./serverTime.ts";

/** What a scrape configuration keeps changes rarely. */
const ASK_EVERY_MS = 60_000;

/** The two moments of the test are so far apart. */
const TEST_SPAN_MS = 30_000;

/** What Prometheus keeps of what the proxies export, and what it can be asked, as far as the queries of a tick depend on it. */
export interface Kept {
  /** What tells a new proxy from a new series. */
  readonly clock: ProxyClock;
  /** What tells the namespace of a leaf. */
  readonly leavesBy: LeafLabel;
  /** Whether it answers for two moments exactly as asked. */
  readonly twoMoments: boolean;
  /** Whether it tells of every client's proxy if it is steady. */
  readonly tellsSteady: boolean;
}

/** Without any answer yet: right for every Prometheus, only later by one scrape, and without leaves whose `dst_namespace` is dropped. */
export const NOTHING_KNOWN: Kept = { clock: "lost", leavesBy: "dst_namespace", twoMoments: false, tellsSteady: false };

/** What Prometheus keeps at `atMs`, or now. What it does not answer stays as it was known before. */
export async function keptAt(prometheus: PrometheusClient, atMs: number | undefined, known: Kept | null = null): Promise<Kept | null> {
  const [clocks, leaves, untold, moments] = await Promise.all([
    prometheus.queryAside(CLOCK_QUERY, atMs),
    prometheus.queryAside(LEAVES_BY_AUTHORITY_QUERY, atMs),
    prometheus.queryAside(UNTOLD_QUERY, atMs),
    answersTwoMoments(prometheus, atMs),
  ]);
  const hasClock = hasSamples(clocks);
  const hasAuthority = hasSamples(leaves);
  if (hasClock === null && hasAuthority === null) return known;
  const { clock, leavesBy, twoMoments, tellsSteady } = known ?? NOTHING_KNOWN;
  const hasUntold = hasSamples(untold);
  return {
    clock: hasClock === null ? clock : hasClock ? "kept" : "lost",
    leavesBy: hasAuthority === null ? leavesBy : hasAuthority ? "authority" : "dst_namespace",
    twoMoments: moments ?? twoMoments,
    tellsSteady: hasUntold === null ? tellsSteady : !hasUntold,
  };
}

/** Null: there was no answer in time, or no whole one. */
async function answersTwoMoments(prometheus: PrometheusClient, atMs: number | undefined): Promise<boolean | null> {
  const time = await serverTimeMs((promql) => prometheus.queryAside(promql), atMs);
  if (!time.ok) return null;
  const answer = await prometheus.queryAside(TWO_MOMENTS_QUERY, time.value, TEST_SPAN_MS);
  if (!answer.ok) return answer.outcome === "timeout" ? null : false;
  if (answer.partial !== null) return null;
  const [sample] = answer.samples;
  const isExact = (seconds: number | undefined, asMs: number): boolean => Math.round((seconds ?? Number.NaN) * 1_000) === asMs;
  return isExact(sample?.value, time.value) && isExact(sample?.before, time.value - TEST_SPAN_MS);
}

/** Null: there is no whole answer. */
function hasSamples(answer: QueryAnswer): boolean | null {
  return answer.ok && answer.partial === null ? answer.samples.length > 0 : null;
}

/** The same for each tick. Only the first one waits for it; later it is asked again each minute, beside the tick. */
export class KeptReader {
  readonly #prometheus: PrometheusClient;
  #kept: Kept | null = null;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(prometheus: PrometheusClient) {
    this.#prometheus = prometheus;
  }

  async read(nowMs: number, atMs: number | undefined): Promise<Kept> {
    if (Math.abs(nowMs - this.#askedMs) >= ASK_EVERY_MS) {
      this.#askedMs = nowMs;
      const asked = this.#ask(atMs);
      if (this.#kept === null) await asked;
    }
    return this.#kept ?? NOTHING_KNOWN;
  }

  async #ask(atMs: number | undefined): Promise<void> {
    this.#kept = await keptAt(this.#prometheus, atMs, this.#kept);
  }
}
