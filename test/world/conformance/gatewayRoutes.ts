import { expect, it } from "vitest";
import { type Api, JSON_PATCH, NAMESPACE, namesOf } from "./api.ts";

const KINDS = [
  ["HTTPRoute", "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1", "httproutes"],
  ["HTTPRoute", "policy.linkerd.io/v1beta3", "policy.linkerd.io/v1beta2", "httproutes"],
  ["GRPCRoute", "gateway.networking.k8s.io/v1", null, "grpcroutes"],
] as const;

export function gatewayRoutes(api: Api): void {
  const collection = (apiVersion: string, plural: string) => `/apis/${apiVersion}/namespaces/${NAMESPACE}/${plural}`;
  const route = (apiVersion: string, kind: string, name: string, weights: readonly unknown[] = [100, 0]) => ({
    apiVersion,
    kind,
    metadata: { name },
    spec: {
      parentRefs: [{ group: "core", kind: "Service", name: "web", port: 80 }],
      rules: [{ backendRefs: weights.map((weight, i) => ({ group: "", kind: "Service", name: `web-${i}`, port: 80, weight })) }],
    },
  });
  const weight = (at: number, value: unknown, op = "replace") => ({ op, path: `/spec/rules/0/backendRefs/${at}/weight`, value });

  it.each(KINDS)("%s of %s: weights are patched by path, with the newest resourceVersion only", async (kind, apiVersion, _, plural) => {
    const path = collection(apiVersion, plural);
    const created = await api.call("POST", path, route(apiVersion, kind, "patched"));
    expect(created.status).toBe(201);
    const guard = { op: "replace", path: "/metadata/resourceVersion", value: created.body.metadata.resourceVersion };
    const operations = [guard, weight(0, 0), weight(1, 100, "add")];
    const { status, body } = await api.call("PATCH", `${path}/patched?fieldManager=us`, operations, JSON_PATCH);
    expect(status).toBe(200);
    expect(body).toMatchObject({ apiVersion, kind, metadata: { generation: 2 } });
    const refs = created.body.spec.rules[0].backendRefs as object[];
    const desired = refs.map((ref, i) => ({ ...ref, weight: [0, 100][i] }));
    expect(body.spec.rules).toEqual([{ ...created.body.spec.rules[0], backendRefs: desired }]);
    expect((await api.call("PATCH", `${path}/patched`, [guard, weight(0, 5)], JSON_PATCH)).status).toBe(409);
  });

  it.each(KINDS)("%s of %s: accepts only integer weights from 0 to 1 000 000", async (kind, apiVersion, _, plural) => {
    const path = collection(apiVersion, plural);
    expect((await api.call("POST", path, route(apiVersion, kind, "weights", [1_000_000, 0]))).status).toBe(201);
    for (const wrong of [1_000_001, -1, 0.5, "5"]) {
      expect((await api.call("PATCH", `${path}/weights`, [weight(0, wrong)], JSON_PATCH)).status).toBe(422);
    }
  });

  it.each(KINDS)("%s of %s: an older version serves the same objects", async (kind, apiVersion, older, plural) => {
    if (older === null) return;
    const path = collection(apiVersion, plural);
    expect((await api.call("POST", path, route(apiVersion, kind, "both"))).status).toBe(201);
    const read = await api.call("GET", `${collection(older, plural)}/both`);
    expect(read.body).toMatchObject({ apiVersion: older, kind, metadata: { name: "both" } });
    const patched = await api.call("PATCH", `${collection(older, plural)}/both`, [weight(0, 7)], JSON_PATCH);
    expect(patched).toMatchObject({ status: 200, body: { apiVersion: older } });
    expect((await api.call("GET", `${path}/both`)).body.spec.rules[0].backendRefs[0].weight).toBe(7);
    expect(namesOf(await api.call("GET", path))).toContain("both");
  });

  it("distinguishes kinds of the same name in two groups", async () => {
    const [, gateway, , plural] = KINDS[0];
    const [, policy] = KINDS[1];
    expect((await api.call("POST", collection(gateway, plural), route(gateway, "HTTPRoute", "apart"))).status).toBe(201);
    expect((await api.call("GET", `${collection(policy, plural)}/apart`)).status).toBe(404);
  });

  it("answers 404 for a version that is not served", async () => {
    expect((await api.call("GET", collection("gateway.networking.k8s.io/v9", "httproutes"))).status).toBe(404);
    expect((await api.call("GET", collection("policy.linkerd.io/v1beta3", "grpcroutes"))).status).toBe(404);
  });
}
