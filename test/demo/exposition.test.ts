import { describe, expect, it } from "vitest";
import { exposition } from "../../demo/exposition.ts";
import { countLost, countRequest, countResponse, createProxyCounters, type Endpoint } from "../../demo/proxyCounters.ts";

const ENDPOINT: Endpoint = { namespace: "shop", service: "web", pod: "web-6d9f7c5b8-bx2kq", ip: "127.0.0.1", port: 4000 };
const OTHER: Endpoint = { ...ENDPOINT, service: "web-east", pod: "web-east-6d9f7c5b8-bx2kq", port: 4001 };
const APEX = "web.shop.svc.cluster.local";

function samples(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`${name}{`));
}

describe("exposition", () => {
  it("names the leaf in authority without port 80, and the apex in dst with it", () => {
    const counters = createProxyCounters(APEX);
    countRequest(counters, ENDPOINT);
    countResponse(counters, ENDPOINT, 200, 3);
    const text = exposition(counters);
    const [response] = samples(text, "response_total");
    expect(response).toContain('direction="outbound",authority="web.shop.svc.cluster.local",target_addr="127.0.0.1:4000"');
    expect(response).toContain('dst_deployment="web",dst_namespace="shop"');
    expect(response).toMatch(/dst_service="web",.*status_code="200",classification="success",grpc_status="",error=""} 1$/);
    expect(samples(text, "route_response_total")).toEqual([
      'route_response_total{direction="outbound",dst="web.shop.svc.cluster.local:80",status_code="200",classification="success",grpc_status="",error=""} 1',
    ]);
  });

  it("counts 5xx as failures and everything else as success", () => {
    const counters = createProxyCounters(APEX);
    for (const status of [200, 404, 429, 500, 503]) {
      countRequest(counters, ENDPOINT);
      countResponse(counters, ENDPOINT, status, 1);
    }
    const classes = samples(exposition(counters), "response_total").map((line) =>
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

  it("has no series for a leaf that was never sent anything", () => {
    const counters = createProxyCounters(APEX);
    countRequest(counters, ENDPOINT);
    expect(exposition(counters)).not.toContain(OTHER.service);
    countRequest(counters, OTHER);
    expect(samples(exposition(counters), "request_total")).toHaveLength(2);
  });

  it("counts requests that found no endpoint at the route alone, without a status", () => {
    const counters = createProxyCounters(APEX);
    countLost(counters);
    const text = exposition(counters);
    expect(samples(text, "response_total")).toEqual([]);
    expect(samples(text, "route_request_total")).toEqual([`route_request_total{direction="outbound",dst="${APEX}:80"} 1`]);
    expect(samples(text, "route_response_total")).toEqual([
      `route_response_total{direction="outbound",dst="${APEX}:80",classification="failure",grpc_status="",error="unclassified"} 1`,
    ]);
  });

  it("has cumulative latency buckets that end at the count", () => {
    const counters = createProxyCounters(APEX);
    for (const latencyMs of [0.5, 4.2, 4.9, 70_000]) {
      countRequest(counters, ENDPOINT);
      countResponse(counters, ENDPOINT, 200, latencyMs);
    }
    const text = exposition(counters);
    const buckets = new Map(
      samples(text, "response_latency_ms_bucket").map((line) => [/le="([^"]+)"/.exec(line)?.[1], Number(line.split("} ")[1])]),
    );
    expect([buckets.get("1"), buckets.get("4"), buckets.get("5"), buckets.get("50000"), buckets.get("+Inf")]).toEqual([1, 1, 3, 3, 4]);
    expect(samples(text, "response_latency_ms_count")[0]).toMatch(/} 4$/);
    expect(samples(text, "response_latency_ms_count")[0]).not.toContain("classification");
  });

  it("keeps quotes and backslashes from breaking a line", () => {
    const counters = createProxyCounters(APEX);
    countRequest(counters, { ...ENDPOINT, pod: 'a"b\\c\nd' });
    expect(samples(exposition(counters), "request_total")[0]).toContain('dst_pod="a\\"b\\\\c\\nd"');
  });
});
