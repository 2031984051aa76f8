import { beforeEach, describe, expect, it } from "vitest";
import type { Sample } from "../../src/linkerd/counts.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import type { PrometheusClient, QueryAnswer } from "../../src/observer/prometheus.ts";
import { route } from "./fakeCodec.ts";

const INTERVAL_MS = 5_000;
const WEB = route("shop", "web", ["web", "web-east", "spare.bank"]);

let asked: string[];
let answer: (promql: string) => QueryAnswer;
let reader: MetricsReader;

beforeEach(() => {
  asked = [];
  answer = () => ok();
  const prometheus: PrometheusClient = {
    query: async (promql) => {
      asked.push(promql);
      return answer(promql);
    },
    up: () => true,
    counts: () => ({ success: 0, error: 0, timeout: 0 }),
  };
  reader = new MetricsReader(prometheus, INTERVAL_MS);
});

function ok(...samples: Sample[]): QueryAnswer {
  return { ok: true, samples };
}

const isApex = (promql: string): boolean => promql.includes("route_response_total");

describe("asking", () => {
  it("asks once per family and distinct window, however many routes there are", async () => {
    const many = Array.from({ length: 1000 }, (_, i) => route("shop", `web-${i}`, [`web-${i}`, `web-${i}-east`]));
    await reader.ask([WEB, ...many], [30_000, 60_000, 30_000], 0);
    expect(asked).toHaveLength(4);
    expect(asked.filter(isApex)).toHaveLength(2);
    expect(asked.every((promql) => promql.includes("bank|shop"))).toBe(true);
  });

  it("hands over leaves and apexes", async () => {
    answer = (promql) =>
      isApex(promql)
        ? ok({ labels: { dst: "web.shop.svc.cluster.local:80", classification: "failure" }, value: 97 })
        : ok({ labels: { authority: "web-east.shop.svc.cluster.local", dst_service: "web", dst_namespace: "shop" }, value: 3 });
    const metrics = await reader.ask([WEB], [30_000], 0);
    expect(metrics.get(30_000)).toEqual({
      state: "answered",
      leaves: new Map([["shop/web-east", { total: 3, failures: 0 }]]),
      apexes: new Map([["shop/web", { total: 97, failures: 97 }]]),
    });
  });

  it("knows old proxies by the routes", async () => {
    answer = (promql) =>
      isApex(promql)
        ? ok()
        : ok({ labels: { authority: "web.shop.svc.cluster.local", dst_service: "web-east", dst_namespace: "shop" }, value: 3 });
    const metrics = await reader.ask([WEB], [30_000], 0);
    expect(metrics.get(30_000)).toMatchObject({ leaves: new Map([["shop/web-east", { total: 3, failures: 0 }]]) });
  });

  it.each([
    ["leaves", (promql: string) => !isApex(promql)],
    ["apexes", isApex],
  ])("fails where there is no answer on %s", async (_name, hit) => {
    answer = (promql) => (hit(promql) ? { ok: false, outcome: "error", why: "HTTP 403" } : ok());
    expect((await reader.ask([WEB], [30_000], 0)).get(30_000)).toEqual({ state: "failed", error: "HTTP 403" });
  });

  it("fails one window on a count that cannot be, and only that one", async () => {
    const labels = { authority: "web.shop.svc.cluster.local" };
    answer = (promql) => ok(...(promql.includes("[30s]") && !isApex(promql) ? [{ labels, value: Number.POSITIVE_INFINITY }] : []));
    const metrics = await reader.ask([WEB], [30_000, 60_000], 0);
    expect(metrics.get(30_000)).toEqual({ state: "failed", error: expect.stringContaining("Infinity is not a number of requests") });
    expect(metrics.get(60_000)).toMatchObject({ state: "answered" });
  });

  it("without routes asks only whether Prometheus is there", async () => {
    expect((await reader.ask([], [30_000, 60_000], 0)).get(60_000)).toEqual({ state: "answered", leaves: new Map(), apexes: new Map() });
    expect(asked).toEqual(["vector(1)"]);
    answer = () => ({ ok: false, outcome: "timeout", why: "late" });
    expect((await reader.ask([], [30_000], 0)).get(30_000)).toEqual({ state: "failed", error: "late" });
  });
});

describe("the last answer", () => {
  it("is handed over again without asking", async () => {
    const fresh = await reader.ask([WEB], [30_000], 1_000_000);
    asked.length = 0;
    expect(reader.last([30_000], 1_000_000 + 3 * INTERVAL_MS)).toEqual(fresh);
    expect(asked).toEqual([]);
  });

  it("says nothing once it is older than three intervals", async () => {
    await reader.ask([WEB], [30_000], 1_000_000);
    expect(reader.last([30_000], 1_000_001 + 3 * INTERVAL_MS).get(30_000)).toEqual({
      state: "failed",
      error: "the last answer is 15 s old",
    });
  });

  it("says nothing before the first, nor of a new window", async () => {
    expect(reader.last([30_000], 0).get(30_000)).toMatchObject({ state: "failed" });
    await reader.ask([WEB], [30_000], 0);
    expect([...reader.last([30_000, 60_000], 1).values()].map(({ state }) => state)).toEqual(["answered", "failed"]);
  });
});
