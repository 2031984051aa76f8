import { expect, it } from "vitest";
import {
  apexQuery,
  begunQuery,
  gatewayQuery,
  latencyQuery,
  leafQuery,
  routeQuery,
  SCOPED_NAMESPACES_LIMIT,
} from "../../src/linkerd/queries.ts";

it("reads the leaves of all namespaces in one query, including new series of known clients", () => {
  const series = 'response_total{direction="outbound",dst_namespace=~"bank|shop"}';
  const newborn = `(${series} unless ${series} offset 30s) and on (job, instance, pod) ${series} offset 30s`;
  expect(leafQuery(["shop", "bank", "shop"], 30_000)).toBe(
    `sum by (authority, dst_service, dst_namespace, classification) ((${newborn}) or increase(${series}[30s]))`,
  );
});

it("reads the apexes of all namespaces in one query", () => {
  const series = String.raw`route_response_total{direction="outbound",dst=~"[^.]+\\.(bank|shop)\\.svc\\..+"}`;
  const query = apexQuery(["shop", "bank"], 90_000);
  expect(query).toContain("sum by (dst, classification) (");
  expect(query).toContain(` or increase(${series}[90s]))`);
});

it("reads the routes of both families in one query", () => {
  const families = '{__name__=~"outbound_(http|grpc)_route_request_statuses_total",route_kind=~"HTTPRoute|GRPCRoute"';
  const query = routeQuery(["shop", "bank"], 30_000);
  expect(query).toContain("sum by (route_group, route_kind, route_namespace, route_name, http_status, grpc_status, error) (");
  expect(query).toContain(` or increase(${families},route_namespace=~"bank|shop"}[30s]))`);
});

it("reads all bounds in one query, each in both notations", () => {
  const series = String.raw`response_latency_ms_bucket{direction="outbound",le=~"200(\\.0)?|1000(\\.0)?|\\+Inf",dst_namespace=~"shop"}`;
  const query = latencyQuery(["shop"], 60_000, [1_000, 200, 1_000, Number.POSITIVE_INFINITY]);
  expect(query).toContain("sum by (authority, dst_service, dst_namespace, le) (");
  expect(query).toContain(` or increase(${series}[60s]))`);
});

it("reads started requests by leaf", () => {
  const query = begunQuery(["shop"], 30_000);
  expect(query).toContain("sum by (authority, dst_service, dst_namespace) (");
  expect(query).toContain(' or increase(request_total{direction="outbound",dst_namespace=~"shop"}[30s]))');
});

it("reads both gauges of all gateways in one query", () => {
  expect(gatewayQuery()).toMatch(
    /^label_replace\(max by \(target_cluster_name\) .*"alive".* or label_replace\(.*gateway_enabled.*"enabled"/,
  );
});

it("escapes what could break out of the pattern or the string", () => {
  const hostile = ['a"} or vector(1) #', "b.*", "c\\", "d\ne"];
  expect(leafQuery(hostile, 5000)).toContain(String.raw`dst_namespace=~"a\"\\} or vector\\(1\\) #|b\\.\\*|c\\\\|d\ne"`);
});

it("does not scope beyond the limit", () => {
  const many = Array.from({ length: SCOPED_NAMESPACES_LIMIT + 1 }, (_, i) => `ns-${i}`);
  expect(leafQuery(many.slice(1), 30_000)).toContain("dst_namespace");
  expect(leafQuery(many, 30_000)).toContain('response_total{direction="outbound"}[30s]');
  expect(apexQuery(many, 30_000)).toContain('route_response_total{direction="outbound"}[30s]');
});

it.each([
  [5_000, "[5s]"],
  [60_000, "[60s]"],
  [3_600_000, "[3600s]"],
  [5_500, "[5500ms]"],
])("writes a window of %d ms as %s", (windowMs, spelled) => {
  expect(leafQuery(["shop"], windowMs)).toContain(spelled);
});
