import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/linkerd/counts.ts";
import { AGE_STEP_MS, AGES_QUERY, SCRAPE_QUERIES } from "../../src/linkerd/scrapeQueries.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";
import { ScrapeFollower } from "../../src/observer/scrapeFollower.ts";

interface Proxies {
  readonly scrapeMs: number;
  /** The moment of each proxy's scrapes within the interval. */
  readonly phases: readonly number[];
  /** From the time of a sample until Prometheus has it. */
  readonly latenessMs?: number;
  /** How long an answer takes. */
  readonly tookMs?: number;
  /** Answers by turns come from Prometheus that scrape so much later. */
  readonly replicas?: readonly number[];
}

const TICKS = 40;

/** Begins of ticks, the first one at 123 456 ms: each one an interval after the last, or when the follower says. */
async function ticksOf(proxies: Proxies, intervalMs: number): Promise<{ readonly ticks: readonly number[]; readonly asked: number }> {
  let nowMs = 123_456;
  let asked = 0;
  const clock = { nowMs: () => nowMs };
  const queryAside = async (promql: string): Promise<QueryAnswer> => {
    asked += 1;
    const { replicas = [0], tookMs = 4 } = proxies;
    nowMs += tookMs / 2;
    const answer = answerAt(proxies, promql, nowMs, replicas[asked % replicas.length] ?? 0);
    nowMs += tookMs / 2;
    return answer;
  };
  const follower = new ScrapeFollower({ prometheus: { queryAside }, intervalMs, clock });
  const ticks: number[] = [];
  while (ticks.length < TICKS) {
    const atMs = nowMs;
    ticks.push(atMs);
    follower.ask(atMs);
    await new Promise((resolve) => setImmediate(resolve));
    nowMs = follower.nextMs(atMs) ?? atMs + intervalMs;
  }
  return { ticks, asked };
}

function answerAt({ scrapeMs, phases, latenessMs = 40 }: Proxies, promql: string, nowMs: number, laterMs: number): QueryAnswer {
  const vector = (samples: readonly Sample[]): QueryAnswer => ({ ok: true, samples, partial: null });
  const scrapes = SCRAPE_QUERIES.find((query) => query.promql === promql);
  if (scrapes !== undefined) return vector([{ labels: { job: "linkerd-proxy" }, value: Math.round(scrapes.overMs / scrapeMs) }]);
  expect(promql).toBe(AGES_QUERY);
  const counts = new Map<string, number>();
  for (const phase of phases) {
    const sinceMs = (((nowMs - latenessMs - phase - laterMs) % scrapeMs) + scrapeMs) % scrapeMs;
    const age = String((Math.round((sinceMs + latenessMs) / AGE_STEP_MS) * AGE_STEP_MS) / 1_000);
    counts.set(age, (counts.get(age) ?? 0) + 1);
  }
  return vector([...counts].map(([age, value]) => ({ labels: { age }, value })));
}

/** How long a proxy's new sample, once Prometheus has it, waits for a tick. */
const waits = (ticks: readonly number[], { phases, latenessMs = 40 }: Proxies, everyMs: number): readonly number[] =>
  ticks.slice(TICKS / 2).flatMap((atMs) => phases.map((phase) => (((atMs - latenessMs - phase) % everyMs) + everyMs) % everyMs));
const gaps = (ticks: readonly number[]) => ticks.slice(1).map((atMs, i) => atMs - (ticks[i] ?? 0));

describe("ticks that follow the scrapes", () => {
  it.each([
    ["linkerd-viz: two ticks a scrape", { scrapeMs: 10_000, phases: [7_777] }, 5_000, 5_000],
    ["one tick a scrape", { scrapeMs: 15_000, phases: [14_990] }, 15_000, 15_000],
    ["the fast lane", { scrapeMs: 2_000, phases: [3] }, 1_000, 1_000],
    ["several scrapes a tick", { scrapeMs: 1_000, phases: [500] }, 5_000, 1_000],
    ["an interval that nearly fits", { scrapeMs: 10_500, phases: [1] }, 5_000, 5_250],
    ["several proxies that are scraped soon after each other", { scrapeMs: 10_000, phases: [9_950, 0, 100, 200, 5_100] }, 5_000, 5_000],
    ["samples that arrive late, as from an agent", { scrapeMs: 10_000, phases: [2_000], latenessMs: 900 }, 5_000, 5_000],
  ] as const)("%s", async (_, proxies, intervalMs, everyMs) => {
    const { ticks } = await ticksOf(proxies, intervalMs);
    const latest = waits(ticks, proxies, everyMs);
    // At random moments a sample waits half of `everyMs`.
    expect(latest.reduce((sum, own) => sum + own, 0) / latest.length).toBeLessThan(0.25 * everyMs);
    expect(Math.min(...gaps(ticks))).toBeGreaterThanOrEqual(0.5 * intervalMs);
    expect(Math.max(...gaps(ticks))).toBeLessThanOrEqual(1.5 * intervalMs);
    // There are as many ticks: within a tenth, and half an interval for the first step into the rhythm.
    const deviationMs = Math.abs((ticks[TICKS - 1] ?? 0) - (ticks[0] ?? 0) - (TICKS - 1) * intervalMs);
    expect(deviationMs).toBeLessThanOrEqual(0.1 * (TICKS - 1) * intervalMs + 0.5 * intervalMs);
  });

  it.each([
    ["many proxies that are scraped all over the interval", { scrapeMs: 10_000, phases: [...Array(50).keys()].map((i) => i * 200) }, 5_000],
    ["intervals that do not fit", { scrapeMs: 8_000, phases: [100] }, 5_000],
    ["a scrape interval that is no half second", { scrapeMs: 730, phases: [100] }, 730],
    ["samples that arrive half an interval late", { scrapeMs: 10_000, phases: [100], latenessMs: 4_000 }, 5_000],
    ["answers that take long", { scrapeMs: 2_000, phases: [100], tookMs: 300 }, 1_000],
    ["several Prometheus that answer by turns", { scrapeMs: 10_000, phases: [100], replicas: [0, 2_500, 1_200, 3_900] }, 5_000],
  ] as const)("the interval counts: %s", async (_, proxies, intervalMs) => {
    const { ticks } = await ticksOf(proxies, intervalMs);
    expect(new Set(gaps(ticks).map(Math.round))).toEqual(new Set([intervalMs]));
  });

  it("asks a few times at first, then once a minute", async () => {
    const { asked } = await ticksOf({ scrapeMs: 10_000, phases: [100] }, 5_000);
    // 40 ticks are 195 s: 9 times at first and 2 times later, and the scrape interval once.
    expect(asked).toBe(12);
  });

  it("needs no whole answer: without one the interval counts", async () => {
    const queryAside = async (): Promise<QueryAnswer> => ({ ok: false, outcome: "error", why: "HTTP 503" });
    const follower = new ScrapeFollower({ prometheus: { queryAside }, intervalMs: 5_000, clock: { nowMs: () => 0 } });
    for (const atMs of [0, 5_000, 10_000]) {
      follower.ask(atMs);
      await new Promise((resolve) => setImmediate(resolve));
      expect(follower.nextMs(atMs)).toBeNull();
    }
  });
});
