import { afterEach, describe, expect, it } from "vitest";
import { startMeshClient } from "../../demo/mesh.ts";
import { startPod } from "../../demo/service.ts";
import { startApiDouble } from "../world/apiDouble.ts";

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function startShop() {
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
  const weigh = (web: number, east: number) =>
    api.apply({
      apiVersion: "split.smi-spec.io/v1alpha2",
      kind: "TrafficSplit",
      metadata: { name: "web", namespace: "shop", resourceVersion: api.get(PATH)?.metadata.resourceVersion },
      spec: {
        service: "web",
        backends: [
          { service: "web", weight: web },
          { service: "east", weight: east },
        ],
      },
    });
  weigh(100, 0);
  const client = await startMeshClient({ apiUrl: api.url, namespace: "shop", split: "web", requestsASecond: 200 });
  endings.push(() => client.close());
  return { api, pods, weigh, client };
}

const PATH = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web";
const WEB = "web.shop.svc.cluster.local";
const EAST = "east.shop.svc.cluster.local";

describe("a mesh client", () => {
  it("sends by the live weights and follows a change", async () => {
    const { pods, weigh } = await startShop();
    await expect.poll(() => pods.web.received(WEB)).toBeGreaterThan(20);
    expect(pods.east.received(EAST)).toBe(0);
    weigh(0, 100);
    await expect.poll(() => pods.east.received(EAST)).toBeGreaterThan(20);
    const then = pods.web.received(WEB);
    await expect.poll(() => pods.east.received(EAST)).toBeGreaterThan(60);
    expect(pods.web.received(WEB)).toBe(then);
  });

  it("exposes what it did, failures apart", async () => {
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

  it("gives users errors where no endpoint is left, and tells the route alone", async () => {
    const { api, client } = await startShop();
    await expect.poll(() => client.tally.requests).toBeGreaterThan(10);
    api.remove("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/web-0");
    await expect.poll(() => client.tally.errors).toBeGreaterThan(10);
    const metrics = await (await fetch(`http://${client.metricsAddress}/metrics`)).text();
    expect(metrics).toMatch(/^route_response_total\{.*error="unclassified"\} \d+$/m);
    expect(metrics).not.toMatch(/^response_total\{.*classification="failure"/m);
  });
});
