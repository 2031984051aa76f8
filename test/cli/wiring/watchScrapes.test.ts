import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchScrapes } from "../../../src/cli/wiring/watchScrapes.ts";
import type { PrometheusClient } from "../../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../../src/observer/queryAnswer.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";

const NOTHING: QueryAnswer = { ok: true, partial: null, samples: [] };
const AWAY: QueryAnswer = { ok: false, outcome: "error", why: "away" };
const MINUTE_MS = 60_000;

const rules = { current: () => DEFAULT_RULES, reload: () => ({ ok: true, atMs: 0 }) };
let asked = 0;
let answer: QueryAnswer = NOTHING;
let told: string[] = [];
let stopping: AbortController;

/** `count` scrapes in ten minutes. */
const scraped = (count: number): QueryAnswer => ({
  ok: true,
  partial: null,
  samples: [{ labels: { job: "linkerd-proxy" }, value: count }],
});

beforeEach(() => {
  vi.useFakeTimers();
  stopping = new AbortController();
  asked = 0;
  told = [];
  const queryAside = async (): Promise<QueryAnswer> => {
    asked += 1;
    return answer;
  };
  // These queries must not delay those of a tick: only `queryAside` exists.
  const prometheus = { queryAside } as unknown as PrometheusClient;
  const log = { debug: () => {}, info: () => {}, warn: (_: object, text: string) => void told.push(text) };
  answer = NOTHING;
  watchScrapes(prometheus, rules, log, stopping.signal, () => Date.now());
});
afterEach(() => {
  stopping.abort();
  vi.useRealTimers();
});

it("measures every minute until the interval is known, then every ten minutes, and warns once", async () => {
  await vi.advanceTimersByTimeAsync(0);
  // Over three time spans, of targets and of series.
  expect(asked).toBe(6);
  answer = AWAY;
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(asked).toBe(7);
  answer = scraped(20);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect([asked, told.length]).toEqual([8, 1]);
  await vi.advanceTimersByTimeAsync(9 * MINUTE_MS);
  expect(asked).toBe(8);
  answer = AWAY;
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect([asked, told.length]).toEqual([9, 1]);
});

it("stops measuring when the signal aborts", async () => {
  stopping.abort();
  await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
  expect([asked, told]).toEqual([6, []]);
});
