import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchLosses } from "../../../src/cli/wiring/watchLosses.ts";
import type { PrometheusClient } from "../../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../../src/observer/queryAnswer.ts";
import type { Route } from "../../../src/routes/route.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { route } from "../../observer/fakeCodec.ts";

const MINUTE_MS = 60_000;
const WEB = route("shop", "web", ["web", "web-east"]);

let routes: readonly Route[];
let asked: string[];
let lacking: boolean;
let told: string[];
let stopping: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  stopping = new AbortController();
  routes = [WEB];
  asked = [];
  told = [];
  lacking = true;
  const queryAside = async (promql: string): Promise<QueryAnswer> => {
    asked.push(promql);
    const isLost = lacking && promql.includes('count(response_total{direction="outbound",classification=""})');
    const found = [...(isLost ? ["classification"] : []), ...(promql.includes("process_start_time_seconds and on") ? ["clock"] : [])];
    return { ok: true, samples: found.map((lost) => ({ labels: { lost }, value: 3 })), partial: null };
  };
  // These queries must not delay those of a tick: only `queryAside` exists.
  const prometheus = { queryAside } as unknown as PrometheusClient;
  const log = {
    debug: () => {},
    info: (_: object, text: string) => void told.push(text),
    warn: (_: object, text: string) => void told.push(text),
  };
  const rules = { current: () => DEFAULT_RULES, reload: () => ({ ok: true, atMs: 0 }) };
  watchLosses(prometheus, rules, () => routes, log, stopping.signal);
});
afterEach(() => {
  stopping.abort();
  vi.useRealTimers();
});

it("asks each minute, by exact names, and tells a loss and its end once", async () => {
  await vi.advanceTimersByTimeAsync(3 * MINUTE_MS);
  expect(told).toEqual([expect.stringMatching(/^series of response_total lack classification: .*other routes are judged/)]);
  expect(asked.filter((promql) => /__name__/.test(promql))).toEqual([]);
  const perMinute = asked.length / 3;
  expect(perMinute).toBeLessThanOrEqual(10);
  lacking = false;
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect(told.slice(1)).toEqual(["no longer so: series of response_total lack classification"]);
  expect(asked).toHaveLength(5 * perMinute);
});

it("asks nothing without managed routes, or after the signal", async () => {
  routes = [];
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect(asked).toEqual([]);
  routes = [WEB];
  stopping.abort();
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect(asked).toEqual([]);
});
