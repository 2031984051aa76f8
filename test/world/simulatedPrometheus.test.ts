import { describe, expect, it } from "vitest";
import { apexQuery, backendQuery, leafQuery, routeQuery } from "../../src/linkerd/queries.ts";
import { increase } from "./increase.ts";
import { readChanged, readPromQuery } from "./promQuery.ts";

describe("increase, as in Prometheus,", () => {
  const samples = (...pairs: readonly (readonly [atSeconds: number, value: number])[]) =>
    pairs.map(([atSeconds, value]) => ({ atMs: atSeconds * 1_000, value }));

  it.each([
    ["needs two samples", samples([25, 7]), null],
    ["is extrapolated to the ends of the window", samples([5, 100], [15, 110], [25, 120]), 30],
    ["is not extrapolated to before the counter's zero", samples([5, 2], [15, 12], [25, 22]), 27],
    ["is extrapolated by half an interval if the samples begin late", samples([21, 500], [25, 504]), 8],
    ["continues after a reset", samples([5, 1_000], [15, 1_010], [25, 5]), 22.5],
    ["is zero if the counter does not change", samples([5, 9], [15, 9], [25, 9]), 0],
  ])("%s", (_, given, expected) => {
    const grown = increase(given, 30_000, 30_000);
    if (expected === null) expect(grown).toBeNull();
    else expect(grown).toBeCloseTo(expected, 6);
  });
});

describe("readPromQuery", () => {
  it("parses the controller's queries", () => {
    const leaf = readPromQuery(leafQuery({ namespaces: ["shop", "bank"], windowMs: 30_000, clock: "lost" }).promql);
    expect(leaf).toMatchObject({
      shape: "increase",
      clock: "lost",
      windowMs: 30_000,
      by: ["authority", "dst_service", "dst_namespace", "classification"],
    });
    expect(leaf?.matches("response_total", { direction: "outbound", dst_namespace: "shop" })).toBe(true);
    expect(leaf?.matches("response_total", { direction: "outbound", dst_namespace: "shopping" })).toBe(false);
    expect(leaf?.matches("response_total", { direction: "inbound", dst_namespace: "shop" })).toBe(false);
    const apex = readPromQuery(apexQuery({ namespaces: ["shop"], windowMs: 1_500, clock: "kept" }).promql);
    expect(apex).toMatchObject({ windowMs: 1_500, clock: "kept" });
    expect(apex?.matches("route_response_total", { direction: "outbound", dst: "web.shop.svc.cluster.local:80" })).toBe(true);
    expect(apex?.matches("route_response_total", { direction: "outbound", dst: "web.bank.svc.cluster.local:80" })).toBe(false);
  });

  it("parses queries about HTTPRoutes, which are for two moments where the proxies' start is known", () => {
    const scope = { namespaces: ["shop"], windowMs: 30_000, twoMoments: true };
    const labels = { route_kind: "HTTPRoute", route_namespace: "shop" };
    const route = readPromQuery(routeQuery("http", { ...scope, clock: "kept" }).promql);
    expect(route).toMatchObject({ shape: "moments", windowMs: 30_000 });
    expect(route?.matches("outbound_http_route_request_statuses_total", labels)).toBe(true);
    expect(route?.matches("outbound_grpc_route_request_statuses_total", labels)).toBe(false);
    expect(route?.matches("outbound_http_route_request_statuses_total", { ...labels, route_kind: "default" })).toBe(false);
    expect(readPromQuery(backendQuery("grpc", { ...scope, clock: "kept" }).promql)).toMatchObject({ shape: "moments" });
    expect(readPromQuery(backendQuery("grpc", { ...scope, clock: "lost" }).promql)).toMatchObject({ shape: "increase", clock: "lost" });
  });

  it("parses the same queries by client", () => {
    const concerned = { routes: ["web"], services: ["web", "web-east"] };
    for (const clock of ["kept", "lost"] as const) {
      const scope = { namespaces: ["shop"], windowMs: 30_000, clock, twoMoments: true, concerned, byClient: true };
      const leaf = readPromQuery(leafQuery(scope).promql);
      const labels = { direction: "outbound", dst_namespace: "shop" };
      expect(leaf?.matches("response_total", { ...labels, authority: "web-east.shop.svc.cluster.local:80" })).toBe(true);
      expect(leaf?.matches("response_total", labels)).toBe(true);
      expect(leaf?.matches("response_total", { ...labels, authority: "api.shop.svc.cluster.local:80" })).toBe(false);
      const own = readPromQuery(backendQuery("http", scope).promql);
      const name = "outbound_http_route_backend_response_statuses_total";
      const route = { route_kind: "HTTPRoute", route_namespace: "shop" };
      expect(own?.matches(name, { ...route, route_name: "web" })).toBe(true);
      expect(own?.matches(name, { ...route, route_name: "web-east" })).toBe(false);
    }
  });

  it("parses those about steady proxies, and who is not", () => {
    const { apart } = leafQuery({ namespaces: ["shop"], windowMs: 1_500, clock: "kept", twoMoments: true, tellsSteady: true });
    const steady = readPromQuery(apart?.steady([]) ?? "");
    expect(steady).toMatchObject({ shape: "moments", windowMs: 1_500 });
    expect(steady?.matches("response_total", { direction: "outbound", dst_namespace: "shop" })).toBe(true);
    expect(readPromQuery(apart?.steady(["10.0.0.1:4191"]) ?? "")).toBeNull();
    expect(readChanged(apart?.changed ?? "")).toBe(1_500);
    expect(readChanged(`${apart?.changed} or up`)).toBeNull();
  });

  it("rejects other queries", () => {
    expect(readPromQuery("up")).toBeNull();
    expect(readPromQuery('sum by (a) (rate(response_total{direction="outbound"}[30s]))')).toBeNull();
    const query = leafQuery({ namespaces: ["shop"], windowMs: 30_000, clock: "kept" });
    expect(readPromQuery(query.promql.replace(">= 0", "> 0"))).toBeNull();
  });
});
