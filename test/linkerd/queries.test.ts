import { expect, it } from "vitest";
import {
  apexQuery,
  backendQuery,
  begunQuery,
  gatewayQuery,
  grpcLeafQuery,
  latencyQuery,
  leafQuery,
  routeQuery,
  SCOPED_NAMESPACES_LIMIT,
  sentQuery,
} from "../../src/linkerd/queries.ts";

const scope = (namespaces: readonly string[], windowMs = 30_000) => ({ namespaces, windowMs, clock: "kept" as const, twoMoments: true });

it("reads the leaves of all namespaces in one query: what each counter grew by, and new ones of known clients with their whole value", () => {
  const series = 'response_total{direction="outbound",dst_namespace=~"bank|shop"}';
  const counter =
    "max by (instance, pod, authority, dst_service, dst_namespace, classification, target_addr, dst_pod, status_code, grpc_status, error)";
  const query = leafQuery(scope(["shop", "bank", "shop"])).promql;
  expect(query).toMatch(/^sum by \(authority, dst_service, dst_namespace, classification\) \(\(\(max by \(instance, pod, authority/);
  expect(query).toContain(`((${counter} (${series}) - ${counter} (${series} offset 30s) >= 0) or ${counter} (${series})) and on`);
  expect(query).toContain("and on (instance, pod) ((up offset 30s == 1) or (process_start_time_seconds > time() - 45))");
  expect(leafQuery({ ...scope(["shop", "bank"]), clock: "lost" }).promql).toContain(`group by (instance, pod) (${series} offset 30s)`);
});

it("reads the apexes of all namespaces in one query", () => {
  const series = String.raw`route_response_total{direction="outbound",dst=~"[^.]+\\.(bank|shop)\\.svc\\..+"}`;
  const query = apexQuery(scope(["shop", "bank"], 90_000)).promql;
  expect(query).toContain("sum by (dst, classification) (");
  expect(query).toContain(`(${series} offset 90s) >= 0`);
});

it.each([
  [routeQuery("http", scope(["shop"])), "outbound_http_route_request_statuses_total", "route_name, http_status, error"],
  [routeQuery("grpc", scope(["shop"])), "outbound_grpc_route_request_statuses_total", "route_name, grpc_status, error"],
  [backendQuery("http", scope(["shop"])), "outbound_http_route_backend_response_statuses_total", "backend_name, http_status, error"],
  [backendQuery("grpc", scope(["shop"])), "outbound_grpc_route_backend_response_statuses_total", "backend_name, grpc_status, error"],
])("asks for two moments of a family that proxies never drop: %#", ({ promql, spanMs }, name, labels) => {
  expect(spanMs).toBe(30_000);
  expect(promql).toContain(`${labels}) (max by (instance, pod, `);
  expect(promql).toContain(`(${name}{route_kind=~"HTTPRoute|GRPCRoute",route_namespace=~"shop"}) and on (instance, pod) (`);
  expect(promql).not.toContain("offset");
});

it.each([
  ["the proxies' start is lost", { clock: "lost" as const }],
  ["the server cannot be asked for two moments", { twoMoments: false }],
])("counts these families by one moment where %s", (_, without) => {
  const { promql, spanMs } = backendQuery("http", { ...scope(["shop"]), ...without });
  expect(promql).toMatch(/ - max by \([^()]*\) \(outbound_http_route_backend_response_statuses_total\{[^{}]*\} offset 30s\) >= 0/);
  expect(spanMs).toBeNull();
});

it("reads what TrafficSplits' clients sent, by apex and leaf", () => {
  const query = sentQuery(scope(["shop"])).promql;
  expect(query).toContain("sum by (parent_namespace, parent_name, backend_namespace, backend_name) (");
  expect(query).toContain('(outbound_http_balancer_queue_requests_total{parent_namespace=~"shop"})');
});

it("reads gRPC requests of leaves", () => {
  expect(grpcLeafQuery(scope(["shop"])).promql).toContain(
    'response_total{direction="outbound",grpc_status!="",dst_namespace=~"shop"} offset 30s',
  );
});

it("names every metric exactly: some servers refuse patterns of names", () => {
  const every = [leafQuery, apexQuery, begunQuery, sentQuery, grpcLeafQuery].map((query) => query(scope(["shop"])).promql);
  const byRoute = (["http", "grpc"] as const).flatMap((protocol) => [
    routeQuery(protocol, scope(["a"])).promql,
    backendQuery(protocol, scope(["a"])).promql,
  ]);
  for (const query of [...every, ...byRoute, latencyQuery(scope(["shop"]), [500]).promql, gatewayQuery()])
    expect(query).not.toContain("__name__");
});

it("reads all bounds in one query, each in both notations", () => {
  const series = String.raw`response_latency_ms_bucket{direction="outbound",le=~"200(\\.0)?|1000(\\.0)?|\\+Inf",dst_namespace=~"shop"}`;
  const query = latencyQuery(scope(["shop"], 60_000), [1_000, 200, 1_000, Number.POSITIVE_INFINITY]).promql;
  expect(query).toContain("sum by (authority, dst_service, dst_namespace, le) (");
  expect(query).toContain(`(${series} offset 60s) >= 0`);
});

it("reads started requests by leaf", () => {
  const query = begunQuery(scope(["shop"])).promql;
  expect(query).toContain("sum by (authority, dst_service, dst_namespace) (");
  expect(query).toContain('(request_total{direction="outbound",dst_namespace=~"shop"} offset 30s) >= 0');
});

it("reads both gauges of all gateways in one query", () => {
  expect(gatewayQuery()).toMatch(
    /^label_replace\(max by \(target_cluster_name\) .*"alive".* or label_replace\(.*gateway_enabled.*"enabled"/,
  );
});

it("escapes what could break out of the pattern or the string", () => {
  const hostile = ['a"} or vector(1) #', "b.*", "c\\", "d\ne"];
  expect(leafQuery(scope(hostile, 5000)).promql).toContain(String.raw`dst_namespace=~"a\"\\} or vector\\(1\\) #|b\\.\\*|c\\\\|d\ne"`);
});

it("finds leaves by their authority where destinations have no labels", () => {
  const query = leafQuery({ ...scope(["shop", "bank"]), leavesBy: "authority" }).promql;
  expect(query).toContain(String.raw`response_total{direction="outbound",authority=~"[^.:/]+\\.(bank|shop)\\.svc([.:].*)?"}`);
});

it("does not scope beyond the limit", () => {
  const many = Array.from({ length: SCOPED_NAMESPACES_LIMIT + 1 }, (_, i) => `ns-${i}`);
  expect(leafQuery(scope(many.slice(1))).promql).toContain("dst_namespace");
  expect(leafQuery(scope(many)).promql).toContain('response_total{direction="outbound"} offset 30s');
  expect(apexQuery(scope(many)).promql).toContain('route_response_total{direction="outbound"} offset 30s');
});

it.each([
  [5_000, "offset 5s)"],
  [60_000, "offset 60s)"],
  [3_600_000, "offset 3600s)"],
  [5_500, "offset 5500ms)"],
])("writes a window of %d ms as %s", (windowMs, spelled) => {
  expect(leafQuery(scope(["shop"], windowMs)).promql).toContain(spelled);
});
