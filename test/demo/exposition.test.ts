import { describe, expect, it } from "vitest";
import { exposition } from "../../demo/exposition.ts";
import { HTTP_ROUTE } from "../../demo/httpRoute.ts";
import { countLost, countRequest, countResponse, createProxyCounters, type Endpoint, meetBackend } from "../../demo/proxyCounters.ts";
import { TRAFFIC_SPLIT } from "../../demo/trafficSplit.ts";
import { readRoutes } from "../../src/linkerd/routeCounts.ts";
import { routeKey } from "../../src/routes/route.ts";

const ENDPOINT: Endpoint = { namespace: "shop", service: "web", pod: "web-6d9f7c5b8-bx2kq", ip: "127.0.0.1", port: 4000 };
const OTHER: Endpoint = { ...ENDPOINT, service: "web-east", pod: "web-east-6d9f7c5b8-bx2kq", port: 4001 };
const ROUTE_LABELS =
  'parent_group="core",parent_kind="Service",parent_namespace="shop",parent_name="web",parent_port="80",parent_section_name="",' +
  'route_group="gateway.networking.k8s.io",route_kind="HTTPRoute",route_namespace="shop",route_name="web"';
const backend = (name: string) =>
  `backend_group="core",backend_kind="Service",backend_namespace="shop",backend_name="${name}",backend_port="80",backend_section_name=""`;

function samples(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`${name}{`));
}

describe("exposition for a TrafficSplit's client", () => {
  it("has the leaf in authority without port 80, and the apex in dst with it", () => {
    const counters = createProxyCounters("shop", "web");
    countRequest(counters, ENDPOINT);
    countResponse(counters, ENDPOINT, 200, 3);
    const text = exposition(counters, TRAFFIC_SPLIT);
    const [response] = samples(text, "response_total");
    expect(response).toContain('direction="outbound",authority="web.shop.svc.cluster.local",target_addr="127.0.0.1:4000"');
    expect(response).toContain('dst_deployment="web",dst_namespace="shop",dst_pod="web-6d9f7c5b8-bx2kq",dst_pod_template_hash="6d9f7c5b8"');
    expect(response).toMatch(/dst_service="web",.*status_code="200",classification="success",grpc_status="",error=""} 1$/);
    expect(samples(text, "route_response_total")).toEqual([
      'route_response_total{direction="outbound",dst="web.shop.svc.cluster.local:80",status_code="200",classification="success",grpc_status="",error=""} 1',
    ]);
  });

  it("counts 5xx as failures and everything else as success", () => {
    const counters = createProxyCounters("shop", "web");
    for (const status of [200, 404, 429, 500, 503]) {
      countRequest(counters, ENDPOINT);
      countResponse(counters, ENDPOINT, status, 1);
    }
    const classes = samples(exposition(counters, TRAFFIC_SPLIT), "response_total").map((line) =>
      /status_code="(\d+)",classification="(\w+)"/.exec(line)?.slice(1),
    );
    expect(classes).toEqual([
      ["200", "success"],
      ["404", "success"],
      ["429", "success"],
      ["500", "failure"],
      ["503", "failure"],
    ]);
  });

  it("has no series for a leaf without requests", () => {
    const counters = createProxyCounters("shop", "web");
    countRequest(counters, ENDPOINT);
    expect(exposition(counters, TRAFFIC_SPLIT)).not.toContain(OTHER.service);
    countRequest(counters, OTHER);
    expect(samples(exposition(counters, TRAFFIC_SPLIT), "request_total")).toHaveLength(2);
  });

  it("counts requests that found no endpoint only at the route, without a status", () => {
    const counters = createProxyCounters("shop", "web");
    countLost(counters, "web", "FAIL_FAST");
    countLost(counters, "web", "LOAD_SHED");
    const text = exposition(counters, TRAFFIC_SPLIT);
    expect(samples(text, "response_total")).toEqual([]);
    expect(samples(text, "route_request_total")).toEqual([
      'route_request_total{direction="outbound",dst="web.shop.svc.cluster.local:80"} 2',
    ]);
    expect(samples(text, "route_response_total")).toEqual([
      'route_response_total{direction="outbound",dst="web.shop.svc.cluster.local:80",classification="failure",grpc_status="",error="unclassified"} 2',
    ]);
  });

  it("has cumulative latency buckets that end at the count", () => {
    const counters = createProxyCounters("shop", "web");
    for (const latencyMs of [0.5, 4.2, 4.9, 70_000]) {
      countRequest(counters, ENDPOINT);
      countResponse(counters, ENDPOINT, 200, latencyMs);
    }
    const text = exposition(counters, TRAFFIC_SPLIT);
    const buckets = new Map(
      samples(text, "response_latency_ms_bucket").map((line) => [/le="([^"]+)"/.exec(line)?.[1], Number(line.split("} ")[1])]),
    );
    expect([buckets.get("1"), buckets.get("4"), buckets.get("5"), buckets.get("50000"), buckets.get("+Inf")]).toEqual([1, 1, 3, 3, 4]);
    expect(samples(text, "response_latency_ms_count")[0]).toMatch(/} 4$/);
    expect(samples(text, "response_latency_ms_count")[0]).not.toContain("classification");
  });

  it("escapes quotes and backslashes", () => {
    const counters = createProxyCounters("shop", "web");
    countRequest(counters, { ...ENDPOINT, pod: 'a"b\\c\nd' });
    expect(samples(exposition(counters, TRAFFIC_SPLIT), "request_total")[0]).toContain('dst_pod="a\\"b\\\\c\\nd"');
  });
});

describe("exposition for an HTTPRoute's client", () => {
  it("counts answers for the endpoint, the backend and the route, by status", () => {
    const counters = createProxyCounters("shop", "web");
    for (const status of [200, 500]) {
      countRequest(counters, ENDPOINT);
      countResponse(counters, ENDPOINT, status, 3);
    }
    const text = exposition(counters, HTTP_ROUTE);
    const statuses = "outbound_http_route_request_statuses_total";
    expect(samples(text, statuses)).toEqual([
      `${statuses}{${ROUTE_LABELS},hostname="",http_status="200",error=""} 1`,
      `${statuses}{${ROUTE_LABELS},hostname="",http_status="500",error=""} 1`,
    ]);
    const responses = "outbound_http_route_backend_response_statuses_total";
    expect(samples(text, responses)).toEqual([
      `${responses}{${ROUTE_LABELS},${backend("web")},http_status="200",error=""} 1`,
      `${responses}{${ROUTE_LABELS},${backend("web")},http_status="500",error=""} 1`,
    ]);
    expect(samples(text, "response_total")).toHaveLength(2);
    expect(samples(text, "response_total")[1]).toMatch(/authority="web\.shop\.svc\.cluster\.local",.*classification="failure"/);
    expect(samples(text, "request_total")).toHaveLength(1);
    expect(samples(text, "response_latency_ms_count")).toHaveLength(2);
    expect(text).not.toMatch(/^(# \w+ )?route_/m);
  });

  it("has family names without the suffix of their samples", () => {
    const counters = createProxyCounters("shop", "web");
    countRequest(counters, ENDPOINT);
    countResponse(counters, ENDPOINT, 200, 3);
    const types = exposition(counters, HTTP_ROUTE).match(/^# TYPE outbound_\S+/gm);
    expect(types).toEqual([
      "# TYPE outbound_http_route_backend_requests",
      "# TYPE outbound_http_route_backend_response_statuses",
      "# TYPE outbound_http_route_request_statuses",
    ]);
  });

  it("counts lost requests at the backend only if they waited for it, and never at an endpoint", () => {
    const counters = createProxyCounters("shop", "web");
    countLost(counters, "web", "FAIL_FAST");
    for (let i = 0; i < 3; i += 1) countLost(counters, "web", "LOAD_SHED");
    const text = exposition(counters, HTTP_ROUTE);
    const lost = text
      .split("\n")
      .flatMap((line) => /^(outbound_\w+)\{.*?(?:http_status="",error="(\w+)")?\} (\d+)$/.exec(line)?.slice(1) ?? []);
    expect(lost).toEqual([
      ...["outbound_http_route_backend_requests_total", undefined, "1"],
      ...["outbound_http_route_backend_response_statuses_total", "FAIL_FAST", "1"],
      ...["outbound_http_route_request_statuses_total", "FAIL_FAST", "1"],
      ...["outbound_http_route_request_statuses_total", "LOAD_SHED", "3"],
    ]);
    expect(samples(text, "request_total")).toEqual([]);
    expect(samples(text, "response_total")).toEqual([]);
  });

  it("has a backend without weight, but none of its endpoints", () => {
    const counters = createProxyCounters("shop", "web");
    meetBackend(counters, OTHER.service);
    const text = exposition(counters, HTTP_ROUTE);
    const requests = "outbound_http_route_backend_requests_total";
    expect(samples(text, requests)).toEqual([`${requests}{${ROUTE_LABELS},${backend("web-east")}} 0`]);
    expect(text).not.toContain("dst_service");
  });

  it("is what the controller reads as the requests of that route", () => {
    const counters = createProxyCounters("shop", "web");
    for (const status of [200, 200, 503]) {
      countRequest(counters, ENDPOINT);
      countResponse(counters, ENDPOINT, status, 3);
    }
    countLost(counters, "web", "FAIL_FAST");
    countLost(counters, "web", "LOAD_SHED");
    const read = readRoutes(
      samples(exposition(counters, HTTP_ROUTE), "outbound_http_route_request_statuses_total").map((line) => ({
        labels: Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, content]) => [label, content])),
        value: Number(line.split("} ")[1]),
      })),
    );
    const web = routeKey({ kind: "HTTPRoute", namespace: "shop", name: "web" });
    expect(read).toEqual({ ok: true, counts: new Map([[web, { total: 5, failures: 3 }]]) });
  });
});
