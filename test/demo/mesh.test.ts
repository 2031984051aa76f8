import { afterEach, describe, expect, it } from "vitest";
import { HTTP_ROUTE } from "../../demo/httpRoute.ts";
import { startMeshClient } from "../../demo/mesh.ts";
import type { RouteKind } from "../../demo/routeKind.ts";
import { startPod } from "../../demo/service.ts";
import { TRAFFIC_SPLIT } from "../../demo/trafficSplit.ts";
import { startApiDouble } from "../world/apiDouble.ts";

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function startShop(route: RouteKind = TRAFFIC_SPLIT) {
  const api = await startApiDouble();
  endings.push(() => api.close());
  const pods = { web: await startPod("web-1-a"), east: await startPod("east-1-a") };
  for (const [service, pod] of Object.entries(pods)) {
    endings.push(() => pod.close());
    api.apply({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${service}-0`, namespace: "shop", labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true }, targetRef: { kind: "Pod", name: pod.name } }],
      ports: [{ port: pod.port }],
    });
  }
  const path = `${route.collection("shop")}/web`;
  api.apply(route.write({ route: "web", primary: "web", standby: "east" }, "shop", {}));
  const weigh = (web: number, east: number) => {
    const weights = [web, east];
    api.apply(JSON.parse(JSON.stringify(api.get(path)), (key, value: unknown) => (key === "weight" ? weights.shift() : value)));
  };
  const client = await startMeshClient({ apiUrl: api.url, namespace: "shop", route, name: "web", requestsASecond: 200 });
  endings.push(() => client.close());
  return { api, pods, weigh, client };
}

const WEB = "web.shop.svc.cluster.local";
const EAST = "east.shop.svc.cluster.local";

describe("a mesh client", () => {
  it.each([TRAFFIC_SPLIT, HTTP_ROUTE])("sends by the live weights of a $kind and follows a change", async (route) => {
    const { pods, weigh } = await startShop(route);
    await expect.poll(() => pods.web.received(WEB)).toBeGreaterThan(20);
    expect(pods.east.received(EAST)).toBe(0);
    weigh(0, 100);
    await expect.poll(() => pods.east.received(EAST)).toBeGreaterThan(20);
    const then = pods.web.received(WEB);
    await expect.poll(() => pods.east.received(EAST)).toBeGreaterThan(60);
    expect(pods.web.received(WEB)).toBe(then);
  });

  it("exposes its counters, with failures counted separately", async () => {
    const { pods, client } = await startShop();
    pods.web.fail(0.5);
    await expect.poll(() => client.tally.errors).toBeGreaterThan(10);
    const metrics = await (await fetch(`http://${client.metricsAddress}/metrics`)).text();
    expect(metrics).toMatch(
      /^response_total\{.*authority="web\.shop\.svc\.cluster\.local".*status_code="500",classification="failure".*\} \d+$/m,
    );
    expect(metrics).toMatch(/^route_response_total\{.*dst="web\.shop\.svc\.cluster\.local:80".*classification="success".*\} \d+$/m);
    expect(metrics).not.toContain('dst_service="east"');
  });

  it("gives users errors without an endpoint, and counts them only at the route", async () => {
    const { api, client } = await startShop();
    await expect.poll(() => client.tally.requests).toBeGreaterThan(10);
    api.remove("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/web-0");
    await expect.poll(() => client.tally.errors).toBeGreaterThan(10);
    const metrics = await (await fetch(`http://${client.metricsAddress}/metrics`)).text();
    expect(metrics).toMatch(/^route_response_total\{.*error="unclassified"\} \d+$/m);
    expect(metrics).not.toMatch(/^response_total\{.*classification="failure"/m);
  });

  it("counts requests that it refuses at once only at the HTTPRoute", async () => {
    const { api, client } = await startShop(HTTP_ROUTE);
    await expect.poll(() => client.tally.requests).toBeGreaterThan(10);
    api.remove("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/web-0");
    const metrics = async () => (await fetch(`http://${client.metricsAddress}/metrics`)).text();
    await expect.poll(metrics, { timeout: 30_000 }).toMatch(/^outbound_http_route_request_statuses_total\{.*error="LOAD_SHED"\} \d+$/m);
    const text = await metrics();
    expect(text).toMatch(/^outbound_http_route_backend_response_statuses_total\{.*backend_name="web",.*error="FAIL_FAST"\} \d+$/m);
    expect(text).not.toMatch(/^outbound_http_route_backend.*LOAD_SHED/m);
    expect(text).not.toMatch(/^response_total\{.*classification="failure"/m);
    expect(text).not.toMatch(/^route_/m);
  });

  it("ignores an HTTPRoute that Linkerd refused", async () => {
    const { api, pods, client } = await startShop(HTTP_ROUTE);
    await expect.poll(() => pods.web.received(WEB)).toBeGreaterThan(5);
    const path = `${HTTP_ROUTE.collection("shop")}/web`;
    api.apply(JSON.parse(JSON.stringify(api.get(path)).replaceAll('"status":"True"', '"status":"False"')));
    await expect.poll(() => client.weights()).toEqual([]);
  });
});
