import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../world/plainHttp.ts";
import { allowedActions, controllersActions } from "./allowedActions.ts";
import { applyCrds, applyGatewayApi, applyRbac } from "./harness/applyManifest.ts";
import { type KubeApiserver, startKubeApiserver } from "./harness/kubeApiserver.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";

const SPLIT = "/apis/split.smi-spec.io/v1alpha2/namespaces/default/trafficsplits/web";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/linkerd-failover/leases";
const EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";
const MERGE_PATCH = "application/merge-patch+json";

const tools = realToolsWithCrds("kube-apiserver", "etcd");

let apiserver: KubeApiserver;

describe.skipIf(tools.absent)(`${tools.title("the controller's permissions")}`, () => {
  beforeAll(async () => {
    apiserver = await startKubeApiserver();
    await applyCrds(apiserver.as("admin"));
    await applyGatewayApi(apiserver.as("admin"), "1.4.1");
    await applyRbac(apiserver.as("admin"));
    const split = { apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", metadata: { name: "web" } };
    await send(apiserver.as("admin"), "POST", SPLIT.replace(/\/web$/, ""), { ...split, spec: { service: "web", backends: [] } });
  });
  afterAll(() => apiserver?.stop());

  it.each([
    ["get a TrafficSplit", "GET", SPLIT],
    ["list all TrafficSplits", "GET", "/apis/split.smi-spec.io/v1alpha2/trafficsplits"],
    ["watch all TrafficSplits", "GET", "/apis/split.smi-spec.io/v1alpha2/trafficsplits?watch=true&timeoutSeconds=1"],
    ["list all Services", "GET", "/api/v1/services"],
    ["list all EndpointSlices", "GET", "/apis/discovery.k8s.io/v1/endpointslices"],
    ["watch all EndpointSlices", "GET", "/apis/discovery.k8s.io/v1/endpointslices?watch=true&timeoutSeconds=1"],
  ])("may %s", async (_what, method, path) => {
    expect(await statusOf(method, path)).toBe(200);
  });

  it("may patch a TrafficSplit", async () => {
    expect(await statusOf("PATCH", SPLIT, { metadata: { annotations: { a: "b" } } }, MERGE_PATCH)).toBe(200);
  });

  it.each([
    ["HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes"],
    ["HTTPRoute", "policy.linkerd.io/v1beta3", "httproutes"],
    ["GRPCRoute", "gateway.networking.k8s.io/v1", "grpcroutes"],
  ])("may list, watch and patch each %s of %s, and no more", async (kind, apiVersion, plural) => {
    const own = `/apis/${apiVersion}/namespaces/default/${plural}`;
    const spec = { rules: [{ backendRefs: [{ name: "web", port: 80, weight: 1 }] }] };
    expect((await send(apiserver.as("admin"), "POST", own, { apiVersion, kind, metadata: { name: "web" }, spec })).status).toBe(201);
    expect(await statusOf("GET", `/apis/${apiVersion}/${plural}`)).toBe(200);
    expect(await statusOf("GET", `/apis/${apiVersion}/${plural}?watch=true&timeoutSeconds=1`)).toBe(200);
    expect(await statusOf("PATCH", `${own}/web`, { metadata: { annotations: { a: "b" } } }, MERGE_PATCH)).toBe(200);
    expect(await statusOf("PATCH", `${own}/web/status`, {}, MERGE_PATCH)).toBe(403);
    expect(await statusOf("POST", own, {})).toBe(403);
    expect(await statusOf("PUT", `${own}/web`, {})).toBe(403);
    expect(await statusOf("DELETE", `${own}/web`)).toBe(403);
  });

  it("may create, read and update its Lease", async () => {
    const lease = { metadata: { name: "linkerd-failover" }, spec: { holderIdentity: "me", leaseDurationSeconds: 15 } };
    const created = await send(apiserver.as("controller"), "POST", LEASES, lease);
    expect(created.status).toBe(201);
    expect(await statusOf("GET", `${LEASES}/linkerd-failover`)).toBe(200);
    expect(await statusOf("PUT", `${LEASES}/linkerd-failover`, { ...created.body, spec: { holderIdentity: "" } })).toBe(200);
  });

  it("may create an Event in any namespace", async () => {
    const event = {
      metadata: { name: "web.1" },
      eventTime: "2026-01-02T03:04:05.000000Z",
      reportingController: "linkerd-failover",
      reportingInstance: "one",
      action: "Shift",
      reason: "Failover",
      type: "Warning",
      regarding: { kind: "TrafficSplit", namespace: "default", name: "web" },
    };
    expect(await statusOf("POST", EVENTS, event)).toBe(201);
  });

  it("may list Events, and gets those of this controller alone if it asks for them", async () => {
    const foreign = {
      ...{
        metadata: { name: "web.2" },
        eventTime: "2026-01-02T03:04:05.000000Z",
        reportingController: "another",
        reportingInstance: "one",
      },
      ...{ action: "Shift", reason: "Failover", type: "Warning", regarding: { kind: "TrafficSplit", namespace: "default", name: "web" } },
    };
    expect((await send(apiserver.as("admin"), "POST", EVENTS, foreign)).status).toBe(201);
    const path = "/apis/events.k8s.io/v1/events?fieldSelector=reportingController%3Dlinkerd-failover&limit=500";
    const { status, body } = await send(apiserver.as("controller"), "GET", path);
    const items = (body as { items: readonly { metadata: { name: string } }[] }).items;
    expect([status, items.map(({ metadata }) => metadata.name)]).toEqual([200, ["web.1"]]);
  });

  it.each([
    ["patch a Service", "PATCH", "/api/v1/namespaces/default/services/kubernetes", { metadata: { labels: { a: "b" } } }],
    ["patch an EndpointSlice", "PATCH", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/x", {}],
    ["create a TrafficSplit", "POST", SPLIT.replace(/\/web$/, ""), {}],
    ["replace a TrafficSplit", "PUT", SPLIT, {}],
    ["delete a TrafficSplit", "DELETE", SPLIT, undefined],
    ["patch its Lease", "PATCH", `${LEASES}/linkerd-failover`, {}],
    ["delete its Lease", "DELETE", `${LEASES}/linkerd-failover`, undefined],
    ["read another Lease", "GET", `${LEASES}/other`, undefined],
    ["read Leases of another namespace", "GET", LEASES.replace("linkerd-failover/", "default/"), undefined],
    ["watch Events", "GET", `${EVENTS}?watch=true&timeoutSeconds=1`, undefined],
    ["read Secrets", "GET", "/api/v1/namespaces/linkerd-failover/secrets", undefined],
    ["read ConfigMaps", "GET", "/api/v1/configmaps", undefined],
    ["read Pods", "GET", "/api/v1/pods", undefined],
    ["change its own permissions", "PATCH", "/apis/rbac.authorization.k8s.io/v1/clusterroles/linkerd-failover", {}],
  ])("may not %s", async (_what, method, path, body) => {
    expect(await statusOf(method, path, body, method === "PATCH" ? MERGE_PATCH : undefined)).toBe(403);
  });

  it("has no other permission, of all verbs on all resources", async () => {
    const own = "linkerd-failover";
    const namespaces = ["*", "default", own];
    const gateway = ["httproutes", "grpcroutes"].map((plural) => `${plural}.gateway.networking.k8s.io`);
    const routes = ["trafficsplits.split.smi-spec.io", "httproutes.policy.linkerd.io", ...gateway];
    expect(await allowedActions(apiserver.as("admin"), "controller", ["default", own])).toEqual(
      controllersActions(routes, namespaces, own),
    );
  });

  it("are not those of another ServiceAccount", async () => {
    expect((await send(apiserver.as("other"), "GET", SPLIT)).status).toBe(403);
  });
});

async function statusOf(method: string, path: string, body?: unknown, contentType?: string): Promise<number> {
  return (await send(apiserver.as("controller"), method, path, body, contentType)).status;
}
