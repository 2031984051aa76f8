import { afterEach, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../../demo/cluster.ts";
import { HTTP_ROUTE } from "../../demo/httpRoute.ts";
import type { Weights } from "../../demo/story.ts";
import { TRAFFIC_SPLIT } from "../../demo/trafficSplit.ts";

let cluster: Cluster | null = null;

afterEach(async () => {
  await cluster?.close();
  cluster = null;
});

const ROUTES = [
  { route: HTTP_ROUTE, weight: (at: number) => `/spec/rules/1/backendRefs/${at}/weight`, other: "/spec/rules/1/filters/0/type" },
  { route: TRAFFIC_SPLIT, weight: (at: number) => `/spec/backends/${at}/weight`, other: "/spec/backends/1/service" },
];

describe.each(ROUTES)("a cluster with a $route.kind", ({ route, weight, other }) => {
  async function begin() {
    const started = await startCluster(route);
    cluster = started;
    const told: Weights[] = [];
    started.onWeights((weights) => told.push(weights));
    const patch = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
      const body = JSON.stringify(Object.entries(changes).map(([path, value]) => ({ op: "replace", path, value })));
      const headers = { "content-type": "application/json-patch+json" };
      const response = await fetch(`${started.apiUrl}${route.collection("shop")}/web`, { method: "PATCH", headers, body });
      expect(response.status).toBe(200);
    };
    const weigh = (primary: number, standby: number) => patch({ [weight(0)]: primary, [weight(1)]: standby });
    return { started, told, patch, weigh };
  }

  it("reports every change of weights, and that the owner's part is kept when they are back", async () => {
    const { started, told, patch, weigh } = await begin();
    await weigh(0, 100);
    await patch({ "/metadata/labels": { "failover.linkerd.io/controlled-by": "linkerd-failover" } });
    expect(started.ownersPartKept()).toBe(false);
    await weigh(100, 0);
    expect(told).toEqual([
      { primary: 0, standby: 100 },
      { primary: 100, standby: 0 },
    ]);
    expect(started.ownersPartKept()).toBe(true);
  });

  it("reports that another field was changed and changed back", async () => {
    const { started, patch } = await begin();
    const object = JSON.stringify(await (await fetch(`${started.apiUrl}${route.collection("shop")}/web`)).json());
    const before = other
      .split("/")
      .slice(1)
      .reduce((value, key) => (value as Record<string, unknown>)[key], JSON.parse(object) as unknown);
    await patch({ [other]: "changed" });
    await patch({ [other]: before });
    expect(started.ownersPartKept()).toBe(false);
  });
});
