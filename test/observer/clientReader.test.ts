import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Metrics } from "../../src/evaluator/model/observation.ts";
import { NO_SUSPECTS, type Suspects } from "../../src/evaluator/model/suspects.ts";
import type { Sample } from "../../src/linkerd/counts.ts";
import { CLOCK_QUERY, LEAVES_BY_AUTHORITY_QUERY, TIME_QUERY } from "../../src/linkerd/queries.ts";
import { UNTOLD_QUERY } from "../../src/linkerd/steady.ts";
import { CLIENTS_ROUTES_LIMIT } from "../../src/observer/clientReader.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import type { PrometheusClient } from "../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";
import type { Route } from "../../src/routes/route.ts";
import type { Questions } from "../../src/rules/questions.ts";
import { route } from "./fakeCodec.ts";

const INTERVAL_MS = 5_000;
const WINDOW_MS = 30_000;
const WEB = route("shop", "web", ["web", "web-east"]);
const API = route("shop", "api", ["api", "api.back"], { kind: "HTTPRoute" });
const OTHER = route("shop", "other", ["other", "other-east"], { kind: "HTTPRoute" });
const QUESTIONS: Questions = { requests: [WINDOW_MS], latency: [], unanswered: [], gateway: false, queries: () => [] };

let aside: string[];
let answer: (promql: string) => QueryAnswer | Promise<QueryAnswer>;
let reader: MetricsReader;

beforeEach(() => {
  aside = [];
  answer = () => ok();
  const prometheus: PrometheusClient = {
    query: async () => ok(),
    queryAside: async (promql) => {
      if ([CLOCK_QUERY, LEAVES_BY_AUTHORITY_QUERY, TIME_QUERY, UNTOLD_QUERY].includes(promql)) return ok();
      aside.push(promql);
      return answer(promql);
    },
    up: () => true,
    counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }),
  };
  reader = new MetricsReader(prometheus, INTERVAL_MS);
});

function ok(...samples: Sample[]): QueryAnswer {
  return { ok: true, samples, partial: null };
}

function suspects(...routes: readonly Route[]): Suspects {
  return new Map(routes.map(({ key }) => [key, { windowMs: WINDOW_MS }]));
}

function ask(about: Suspects, nowMs = 0, routes: readonly Route[] = [WEB, API, OTHER]): Promise<Metrics> {
  return reader.ask({ routes, clusters: new Map(), linked: new Map(), suspects: about }, QUESTIONS, nowMs);
}

describe("without a suspect", () => {
  it("nothing is asked about clients", async () => {
    const metrics = await ask(NO_SUSPECTS);
    expect([aside, metrics.clients]).toEqual([[], undefined]);
  });

  it("the last answers are forgotten", async () => {
    await ask(suspects(WEB));
    await ask(NO_SUSPECTS, INTERVAL_MS);
    expect(reader.last(QUESTIONS, INTERVAL_MS).clients).toBeUndefined();
  });
});

describe("about the clients of a suspect route", () => {
  it("the families of its success rate are asked, and no other route's", async () => {
    await ask(suspects(API));
    const families = aside.map((promql) => /(response_total|outbound_\w+_total)\{[^}]*/.exec(promql)?.[0]);
    const scope = 'dst_namespace=~"back|shop",authority=~"((api)\\\\.(back|shop)\\\\.svc.*)?"';
    expect(new Set(families)).toEqual(
      new Set([
        'outbound_http_route_backend_response_statuses_total{route_kind=~"HTTPRoute|GRPCRoute",route_namespace=~"shop",route_name=~"api"',
        'outbound_http_route_request_statuses_total{route_kind=~"HTTPRoute|GRPCRoute",route_namespace=~"shop",route_name=~"api"',
        `response_total{direction="outbound",${scope}`,
        `response_total{direction="outbound",grpc_status!="",${scope}`,
      ]),
    );
    aside = [];
    await ask(suspects(WEB));
    expect(aside.filter((promql) => promql.includes('dst=~"(web|web-east)\\\\.(shop)\\\\.svc\\\\..+"'))).toHaveLength(1);
    expect(aside).toHaveLength(3);
  });

  it("each client's counts are answered by its name, from all families", async () => {
    const client = { instance: "10.0.0.1:4191", pod: "cart-0" };
    const leaf = { ...client, authority: "web.shop.svc.cluster.local", classification: "failure" };
    answer = (promql) => {
      if (promql.startsWith("group by")) return ok({ labels: { ...client, namespace: "front" }, value: 1 });
      if (promql.includes("route_response_total")) {
        return ok({ labels: { ...client, dst: "web.shop.svc.cluster.local:80", classification: "success" }, value: 8 });
      }
      return ok({ labels: leaf, value: 7 }, { labels: { ...leaf, instance: "10.0.0.2:4191", pod: "cart-1" }, value: 1 });
    };
    const { clients } = await ask(suspects(WEB));
    expect([...(clients?.keys() ?? [])]).toEqual([WEB.key]);
    const byClient = new Map([
      [
        "front/cart-0",
        expect.objectContaining({
          leaves: new Map([["shop/web", { total: 7, failures: 7 }]]),
          apexes: new Map([["shop/web", { total: 8, failures: 0 }]]),
        }),
      ],
      ["cart-1", expect.objectContaining({ leaves: new Map([["shop/web", { total: 1, failures: 1 }]]) })],
    ]);
    expect(clients?.get(WEB.key)).toEqual({ state: "answered", value: { windowMs: WINDOW_MS, byClient } });
  });

  it("one family without a whole answer fails them, names do not", async () => {
    answer = (promql) => (promql.startsWith("group by") ? { ok: false, outcome: "error", why: "HTTP 403" } : ok());
    expect((await ask(suspects(WEB))).clients?.get(WEB.key)).toMatchObject({ state: "answered" });
    answer = (promql) => (promql.includes("route_response_total") ? { ok: false, outcome: "error", why: "HTTP 403" } : ok());
    expect((await ask(suspects(WEB), INTERVAL_MS)).clients?.get(WEB.key)).toEqual({ state: "failed", error: "HTTP 403" });
    answer = (promql) => (promql.includes("route_response_total") ? { ok: true, samples: [], partial: "a store is away" } : ok());
    const half = await ask(suspects(WEB), 2 * INTERVAL_MS);
    expect(half.clients?.get(WEB.key)).toEqual({ state: "failed", error: "the answer is partial: a store is away" });
  });

  it(`no more than ${CLIENTS_ROUTES_LIMIT} routes are asked about`, async () => {
    const many = Array.from({ length: CLIENTS_ROUTES_LIMIT + 5 }, (_, i) => route("shop", `r${i}`, [`a${i}`, `b${i}`]));
    expect((await ask(suspects(...many), 0, many)).clients?.size).toBe(CLIENTS_ROUTES_LIMIT);
  });
});

describe("an answer about clients that is late", () => {
  it("delays the others by a moment only, is used by the next tick, and by none after two intervals", async () => {
    vi.useFakeTimers();
    try {
      const late = Promise.withResolvers<QueryAnswer>();
      answer = () => late.promise;
      const asking = ask(suspects(WEB));
      await vi.advanceTimersByTimeAsync(250);
      expect((await asking).clients).toBeUndefined();
      const sent = aside.length;
      const again = ask(suspects(WEB), INTERVAL_MS);
      await vi.advanceTimersByTimeAsync(250);
      expect((await again).clients).toBeUndefined();
      expect(aside).toHaveLength(sent);
      late.resolve(ok());
      await vi.advanceTimersByTimeAsync(0);
      expect(reader.last(QUESTIONS, 2 * INTERVAL_MS).clients?.get(WEB.key)).toMatchObject({ state: "answered" });
      expect(reader.last(QUESTIONS, 2 * INTERVAL_MS + 1).clients).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });
});
