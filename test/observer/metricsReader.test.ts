import { beforeEach, describe, expect, it } from "vitest";
import { latencyKey, type Metrics, queryKey } from "../../src/evaluator/model/observation.ts";
import type { Sample } from "../../src/linkerd/counts.ts";
import { ANSWERED_QUERY, LEAVES_BY_AUTHORITY_QUERY } from "../../src/linkerd/queries.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import type { PrometheusClient } from "../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";
import type { Route } from "../../src/routes/route.ts";
import type { Questions } from "../../src/rules/questions.ts";
import { route } from "./fakeCodec.ts";

const INTERVAL_MS = 5_000;
const WEB = route("shop", "web", ["web", "web-east", "spare.bank"]);
const API = route("shop", "api", ["api", "api-east"], { kind: "HTTPRoute" });
const CLUSTERS = new Map([["shop/web-east", "east"]]);
const NOTHING: Questions = { requests: [], latency: [], unanswered: [], gateway: false, queries: () => [] };
const EVERYTHING: Questions = {
  ...NOTHING,
  requests: [30_000, 60_000, 30_000],
  latency: [
    { underMs: 500, windowMs: 30_000 },
    { underMs: 750, windowMs: 30_000 },
    { underMs: 500, windowMs: 90_000 },
  ],
  unanswered: [30_000, 120_000],
  gateway: true,
};

let asked: string[];
let askedAside: string[];
let answer: (promql: string) => QueryAnswer;
let usual: PrometheusClient;
let reader: MetricsReader;

beforeEach(() => {
  asked = [];
  askedAside = [];
  answer = () => ok();
  usual = {
    query: async (promql) => {
      asked.push(promql);
      return answer(promql);
    },
    queryAside: async (promql) => {
      askedAside.push(promql);
      return answer(promql);
    },
    up: () => true,
    counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }),
  };
  reader = new MetricsReader(usual, INTERVAL_MS);
});

function ok(...samples: Sample[]): QueryAnswer {
  return { ok: true, partial: null, samples };
}

const REFUSED: QueryAnswer = { ok: false, outcome: "error", why: "HTTP 403" };
const FAILED = { state: "failed", error: "HTTP 403" };

/** The families by a part of their queries. */
const FAMILIES = {
  leaf: 'error) (response_total{direction="outbound",dst_namespace',
  apex: "rt_route) (route_response_total",
  route: 'route_request_statuses_total{route_kind=~"HTTPRoute|GRPCRoute",route_',
  shed: 'route_request_statuses_total{route_kind=~"HTTPRoute|GRPCRoute",error="LOAD_SHED"',
  backend: "route_backend_response_statuses_total{",
  sent: "balancer_queue_requests_total{",
  grpcLeaf: 'error) (response_total{direction="outbound",grpc_status',
  latency: "status_code) (response_latency_ms_bucket",
  begun: "dst_pod) (request_total{",
  gateway: "gateway_alive",
};

/** Answers for one family, and empty answers for the others. */
function answering(family: keyof typeof FAMILIES, given: QueryAnswer): void {
  answer = (promql) => (promql.includes(FAMILIES[family]) ? given : ok());
}

function ask(questions: Partial<Questions>, routes: readonly Route[] = [WEB, API], nowMs = 0): Promise<Metrics> {
  return reader.ask({ routes, clusters: CLUSTERS, linked: CLUSTERS }, { ...NOTHING, ...questions }, nowMs);
}

function howMany(): Record<string, number> {
  const count = (word: string): number => asked.filter((promql) => promql.includes(word)).length;
  return Object.fromEntries(Object.entries(FAMILIES).map(([family, word]) => [family, count(word)]));
}

describe("asking", () => {
  it("sends one query per family and distinct window for any number of routes", async () => {
    const once = { apex: 2, sent: 2, route: 2, shed: 2, backend: 2, grpcLeaf: 2, latency: 2, begun: 2, gateway: 1 };
    await ask(EVERYTHING);
    expect(howMany()).toMatchObject(once);
    asked.length = 0;
    const kinds = ["TrafficSplit", "HTTPRoute", "HTTPRoute.policy.linkerd.io", "GRPCRoute"] as const;
    const many = Array.from({ length: 1000 }, (_, i) =>
      route(`ns-${i % 7}`, `r-${i}`, [`a-${i}`, `b-${i}`], { kind: kinds[i % 4] ?? "HTTPRoute" }),
    );
    await ask(EVERYTHING, many);
    // GRPCRoutes have families of their own.
    expect(howMany()).toMatchObject({ ...once, route: 4, shed: 4, backend: 4 });
    expect(asked.length).toBeLessThanOrEqual(32);
  });

  it("sends no query that no rule needs", async () => {
    await ask({});
    expect(asked).toEqual([]);
    await ask({ unanswered: [30_000] });
    expect(howMany()).toMatchObject({ leaf: 1, apex: 0, route: 0, shed: 0, backend: 0, sent: 0, latency: 0, begun: 1, gateway: 0 });
  });

  it("queries by route only for kinds of route whose clients count by route", async () => {
    await ask({ requests: [30_000] }, [WEB]);
    expect(howMany()).toMatchObject({ leaf: 1, apex: 1, route: 0, shed: 0 });
    asked.length = 0;
    await ask({ requests: [30_000] }, [API]);
    expect(howMany()).toMatchObject({ leaf: 1, apex: 0, sent: 0, route: 1, shed: 1, backend: 1, grpcLeaf: 1 });
  });

  it("reads leaves of HTTPRoutes and GRPCRoutes, and all that they count by route, only where no proxy counts by route and backend", async () => {
    const own = { ...statusLabels({ http_status: "200", error: "" }), backend_namespace: "shop", backend_name: "api" };
    answering("backend", ok({ labels: own, value: 9 }));
    const metrics = await ask({ requests: [30_000] }, [API]);
    expect(howMany()).toMatchObject({ leaf: 0, route: 0, shed: 1, backend: 1 });
    const backends = new Map([["HTTPRoute/shop/api", new Map([["shop/api", { total: 9, failures: 0 }]])]]);
    const routes = new Map([["HTTPRoute/shop/api", { total: 9, failures: 0 }]]);
    expect(metrics.requests.get(30_000)).toMatchObject({ state: "answered", value: { backends, routes } });
  });

  it("queries the namespaces of the routes and of their backends", async () => {
    await ask({ requests: [30_000] }, [WEB, route("front", "api", ["api.shop", "api.back"], { kind: "GRPCRoute", apex: "api.shop" })]);
    const scopes = asked.flatMap(
      (promql) => /(?:dst|route|parent)_namespace=~"([^"]*)"|\\\.\(([^)]*)\)/.exec(promql)?.slice(1).join("") ?? [],
    );
    expect(scopes.toSorted()).toEqual(["back|shop", "bank|shop", "front", "front", "front", "shop", "shop"]);
  });

  it("without routes queries only whether Prometheus answers", async () => {
    const metrics = await ask(EVERYTHING, []);
    expect(metrics.requests.get(60_000)).toEqual({ state: "answered", value: { leaves: new Map(), apexes: new Map(), routes: new Map() } });
    expect(asked).toEqual(["vector(1)"]);
    answer = () => ({ ok: false, outcome: "timeout", why: "late" });
    const failed = { state: "failed", error: "late" };
    expect(await ask(EVERYTHING, [])).toEqual({
      requests: new Map([30_000, 60_000].map((windowMs) => [windowMs, failed])),
      latency: new Map(["500/30000", "750/30000", "500/90000"].map((key) => [key, failed])),
      unanswered: new Map([30_000, 120_000].map((windowMs) => [windowMs, failed])),
      gateways: failed,
      queries: new Map(),
    });
  });
});

describe("where a scrape configuration drops labels of destinations", () => {
  const scopes = () => asked.flatMap((promql) => /(?:authority|dst_namespace)=~"[^"]*"/.exec(promql)?.[0] ?? []);

  it("restricts leaves by their authority", async () => {
    answer = (promql) => (promql === LEAVES_BY_AUTHORITY_QUERY ? ok({ labels: {}, value: 4 }) : ok());
    await ask({ requests: [30_000] }, [WEB]);
    expect(scopes()).toEqual([String.raw`authority=~"[^.:/]+\\.(bank|shop)\\.svc([.:].*)?"`]);
    expect(askedAside.filter((promql) => promql === LEAVES_BY_AUTHORITY_QUERY)).toHaveLength(1);
  });

  it("learns a change within a minute, beside the ticks, and keeps what it knows while it gets no answer", async () => {
    let dropped: QueryAnswer = ok();
    answer = (promql) => (promql === LEAVES_BY_AUTHORITY_QUERY ? dropped : ok());
    const labelAt = async (nowMs: number) => {
      asked.length = 0;
      await ask({ requests: [30_000] }, [WEB], nowMs);
      return scopes()[0]?.split("=")[0];
    };
    expect(await labelAt(0)).toBe("dst_namespace");
    dropped = ok({ labels: {}, value: 4 });
    expect(await labelAt(55_000)).toBe("dst_namespace");
    await labelAt(60_000);
    expect(await labelAt(65_000)).toBe("authority");
    dropped = REFUSED;
    await labelAt(120_000);
    expect(await labelAt(125_000)).toBe("authority");
  });
});

describe("the answers", () => {
  it("have the clients of both paths: leaves, apexes and routes of one window", async () => {
    answer = (promql) => {
      if (promql.includes(FAMILIES.apex))
        return ok({ labels: { dst: "web.shop.svc.cluster.local:80", classification: "failure" }, value: 97 });
      if (promql.includes(FAMILIES.route)) return ok({ labels: statusLabels({ error: "LOAD_SHED" }), value: 5 });
      const leaf = { authority: "web-east.shop.svc.cluster.local", dst_service: "web", dst_namespace: "shop" };
      return ok({ labels: { ...leaf, classification: "success" }, value: 3 });
    };
    const metrics = await ask({ requests: [30_000] });
    expect(metrics.requests.get(30_000)).toMatchObject({
      state: "answered",
      value: {
        leaves: new Map([["shop/web-east", { total: 3, failures: 0 }]]),
        apexes: new Map([["shop/web", { total: 97, failures: 97 }]]),
        routes: new Map([["HTTPRoute/shop/api", { total: 5, failures: 5 }]]),
      },
    });
  });

  it("have the routes of old proxies", async () => {
    const leaf = { authority: "web.shop.svc.cluster.local", dst_service: "web-east", dst_namespace: "shop" };
    answering("leaf", ok({ labels: { ...leaf, classification: "success" }, value: 3 }));
    const window = (await ask({ requests: [30_000] })).requests.get(30_000);
    expect(window).toMatchObject({ value: { leaves: new Map([["shop/web-east", { total: 3, failures: 0 }]]) } });
  });

  it("have every latency bound of a window from one query", async () => {
    const labels = { authority: "web.shop.svc.cluster.local" };
    const bucket = (le: string, value: number): Sample => ({ labels: { ...labels, le }, value });
    answering("latency", ok(bucket("500", 60), bucket("1000.0", 90), bucket("+Inf", 100)));
    const { latency } = await ask(EVERYTHING);
    expect(latency.get(latencyKey(500, 30_000))).toEqual({
      state: "answered",
      value: new Map([["shop/web", { total: 100, failures: 40 }]]),
    });
    expect(latency.get(latencyKey(750, 30_000))).toEqual({
      state: "answered",
      value: new Map([["shop/web", { total: 100, failures: 10 }]]),
    });
    expect([...latency.keys()]).toEqual(["500/30000", "750/30000", "500/90000"]);
  });

  it("have no latency of a leaf whose bucket is dropped from some proxies, or from now on", async () => {
    const bucket = (le: string, value: number): Sample => ({ labels: { authority: "web.shop.svc.cluster.local", le }, value });
    answer = (promql) => {
      if (promql.includes(FAMILIES.latency)) return ok(bucket("500", 60), bucket("1000", 90), bucket("+Inf", 100));
      return promql.startsWith("count by (authority") ? ok(bucket("500", 3), bucket("1000", 4), bucket("+Inf", 4)) : ok();
    };
    const { latency } = await ask(EVERYTHING);
    expect(latency.get(latencyKey(500, 30_000))).toEqual({ state: "answered", value: new Map() });
    expect(latency.get(latencyKey(750, 30_000))).toMatchObject({ value: new Map([["shop/web", { total: 100, failures: 10 }]]) });
  });

  it("have the difference of begun and answered requests", async () => {
    const leaf = (value: number): QueryAnswer => ok({ labels: { authority: "web.shop.svc.cluster.local" }, value });
    let kept = ok({ labels: {}, value: 9 });
    answer = (promql) => {
      if (promql === ANSWERED_QUERY) return kept;
      return promql.includes(FAMILIES.begun) ? leaf(50) : promql.includes(FAMILIES.leaf) ? leaf(2) : ok();
    };
    const unanswered = async () => (await ask({ unanswered: [30_000] })).unanswered.get(30_000);
    expect(await unanswered()).toEqual({ state: "answered", value: new Map([["shop/web", { total: 50, failures: 48 }]]) });
    // Answers are no longer kept.
    kept = ok();
    expect(await unanswered()).toEqual({ state: "answered", value: new Map() });
    kept = REFUSED;
    expect(await unanswered()).toEqual(FAILED);
  });

  it("need no gateway query if no Service is mirrored through a gateway", async () => {
    await reader.ask({ routes: [WEB], clusters: new Map(), linked: new Map() }, { ...NOTHING, gateway: true }, 0);
    expect(howMany().gateway).toBe(0);
  });

  it("have the gateways, and none if no rule needs them", async () => {
    const gauge = (name: string): Sample => ({ labels: { target_cluster_name: "east", gauge: name }, value: 1 });
    answering("gateway", ok(gauge("alive"), gauge("enabled")));
    expect((await ask({ gateway: true })).gateways).toEqual({
      state: "answered",
      value: new Map([["east", { alive: true, enabled: true }]]),
    });
    expect((await ask({})).gateways).toEqual({ state: "answered", value: new Map() });
  });
});

/** Each query about requests, and the family that has no answer without it. */
const LOST_WITH = [
  ["leaf", "leaves"],
  ["apex", "apexes"],
  ["route", "httpRoutes"],
  ["shed", "httpRoutes"],
  ["backend", "httpRoutes"],
  ["grpcLeaf", "grpcLeaves"],
] as const;

describe("one bad answer", () => {
  it.each(LOST_WITH)("on %s fails only what needs it", async (family, failed) => {
    answering(family, REFUSED);
    const requests = (await ask({ requests: [30_000] })).requests.get(30_000);
    expect(requests).toMatchObject({ state: "answered", value: { failed: new Map([[failed, "HTTP 403"]]) } });
  });

  it.each(LOST_WITH)("that is partial on %s is no evidence, and fails only what needs it", async (family, failed) => {
    answering(family, { ok: true, samples: [], partial: "store away" });
    const requests = (await ask({ requests: [30_000] })).requests.get(30_000);
    const why = new Map([[failed, "the answer is partial: store away"]]);
    expect(requests).toMatchObject({ state: "answered", value: { failed: why } });
  });

  it("on a family by route does not ask for the leaves, by which its routes cannot be judged then", async () => {
    answering("backend", REFUSED);
    await ask({ requests: [30_000] }, [API]);
    expect(howMany()).toMatchObject({ backend: 1, leaf: 0 });
  });

  it("on what was sent fails nothing", async () => {
    answering("sent", REFUSED);
    const requests = (await ask({ requests: [30_000] })).requests.get(30_000);
    expect(requests).toMatchObject({ state: "answered", value: { failed: new Map() } });
  });

  it("on all families fails the window's requests", async () => {
    answer = () => REFUSED;
    expect((await ask({ requests: [30_000] })).requests.get(30_000)).toEqual(FAILED);
  });

  it("that is partial on gateways is no evidence", async () => {
    answering("gateway", { ok: true, samples: [], partial: "store away" });
    const { gateways } = await ask({ requests: [30_000], gateway: true });
    expect(gateways).toEqual({ state: "failed", error: "the answer is partial: store away" });
  });

  it.each(["leaf", "begun"] as const)("on %s fails the unanswered requests", async (family) => {
    answering(family, REFUSED);
    expect((await ask({ unanswered: [30_000] })).unanswered.get(30_000)).toEqual(FAILED);
  });

  it("fails nothing else", async () => {
    answering("begun", REFUSED);
    const { requests, latency, unanswered, gateways } = await ask(EVERYTHING);
    const states = [requests, latency, unanswered].map((answers) => [...new Set([...answers.values()].map(({ state }) => state))]);
    expect([...states, gateways.state]).toEqual([["answered"], ["answered"], ["failed"], "answered"]);
  });

  it("with an impossible count fails only its own window", async () => {
    const bad = ok({ labels: { authority: "web.shop.svc.cluster.local" }, value: Number.POSITIVE_INFINITY });
    answer = (promql) => (promql.includes("offset 30s") && promql.includes(FAMILIES.leaf) ? bad : ok());
    const { requests } = await ask({ requests: [30_000, 60_000] });
    const why = expect.stringContaining("Infinity is not a number of requests");
    expect(requests.get(30_000)).toMatchObject({ value: { failed: new Map([["leaves", why]]) } });
    expect(requests.get(60_000)).toMatchObject({ value: { failed: new Map() } });
  });
});

describe("the operators' queries", () => {
  it("are rendered for the routes and clusters of the tick, and answered in the next one", async () => {
    const linked = new Map([["shop/web-east", "east"]]);
    const queries: Questions["queries"] = ({ name }) => [{ name, query: 'up{c="{{cluster}}"}' }];
    answer = (promql) => (promql.startsWith("up") ? ok({ labels: {}, value: 7 }) : ok());
    const first = await reader.ask({ routes: [WEB, API], clusters: new Map(), linked }, { ...NOTHING, queries }, 0);
    expect(askedAside).toEqual(['up{c=""}', 'up{c="east"}']);
    await Promise.resolve();
    const next = reader.last({ ...NOTHING, queries }, 1);
    expect(next.queries.size).toBe(5);
    expect(next.queries.get(queryKey("TrafficSplit/shop/web", "web-east", "web"))).toEqual({ state: "answered", value: 7 });
    expect(first.requests).toEqual(next.requests);
  });
});

describe("the last answer", () => {
  it("is used again without a query", async () => {
    const fresh = await ask(EVERYTHING, [WEB, API], 1_000_000);
    asked.length = 0;
    expect(reader.last(EVERYTHING, 1_000_000 + 3 * INTERVAL_MS)).toEqual(fresh);
    expect(asked).toEqual([]);
  });

  it("is failed once it is older than three intervals", async () => {
    await ask(EVERYTHING, [WEB, API], 1_000_000);
    const { requests, latency, unanswered, gateways } = reader.last(EVERYTHING, 1_000_001 + 3 * INTERVAL_MS);
    const old = { state: "failed", error: "the last answer is 15 s old" };
    expect([...requests.values(), ...latency.values(), ...unanswered.values(), gateways]).toEqual(Array.from({ length: 8 }, () => old));
  });

  it("is failed before the first query, and for a new question", async () => {
    expect(reader.last(EVERYTHING, 0).requests.get(30_000)).toMatchObject({ state: "failed" });
    await ask({ requests: [30_000] });
    const { requests, latency } = reader.last({ ...EVERYTHING, requests: [30_000, 60_000] }, 1);
    expect([...requests.values()].map(({ state }) => state)).toEqual(["answered", "failed"]);
    expect([...latency.values()].map(({ state }) => state)).toEqual(["failed", "failed", "failed"]);
  });
});

function statusLabels(rest: Record<string, string>): Record<string, string> {
  return { route_group: "gateway.networking.k8s.io", route_kind: "HTTPRoute", route_namespace: "shop", route_name: "api", ...rest };
}
