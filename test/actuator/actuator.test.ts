import { describe, expect, it } from "vitest";
import { createActuator, WRITE_TIME_LIMIT_MS } from "../../src/actuator/actuator.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import { codecOf, httpRoute, rule } from "../routes/gatewayObjects.ts";
import { decision, route } from "./decisions.ts";
import { type Answer, failed, fakeKube, ok } from "./fakeKube.ts";

function actuatorWith(answer: Answer, dryRun = false) {
  const { kube, sent } = fakeKube(answer);
  return { actuator: createActuator({ kube, codecs: CODECS, dryRun }), sent };
}

describe("a write", () => {
  it("is one guarded JSON Patch with our field manager, to the path of the route", async () => {
    const { actuator, sent } = actuatorWith(() => ok("8"));
    expect(await actuator.write(route(), decision(route()))).toEqual({ outcome: "written", resourceVersion: "8" });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web",
      type: "application/json-patch+json",
      options: { query: { fieldManager: "linkerd-failover" }, timeLimitMs: WRITE_TIME_LIMIT_MS },
      body: [
        { op: "replace", path: "/metadata/resourceVersion", value: "7" },
        { op: "replace", path: "/spec/backends/0/weight", value: 0 },
        { op: "replace", path: "/spec/backends/1/weight", value: 100 },
        { op: "add", path: "/metadata/annotations/failover.linkerd.io~1state" },
      ],
    });
  });

  it("uses the API version from which the route was read", async () => {
    const { actuator, sent } = actuatorWith(() => ok());
    await actuator.write({ ...route(), apiVersion: "split.smi-spec.io/v1alpha1" }, decision(route()));
    expect(sent[0]?.path).toBe("/apis/split.smi-spec.io/v1alpha1/namespaces/shop/trafficsplits/web");
  });

  it.each([
    ["HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes"],
    ["HTTPRoute", "gateway.networking.k8s.io/v1beta1", "httproutes"],
    ["HTTPRoute.policy.linkerd.io", "policy.linkerd.io/v1beta3", "httproutes"],
    ["GRPCRoute", "gateway.networking.k8s.io/v1", "grpcroutes"],
  ] as const)("of a %s of %s uses its path", async (kind, apiVersion, plural) => {
    const { actuator, sent } = actuatorWith(() => ok());
    const own = codecOf(kind).read({ ...httpRoute([rule(["web", 100], ["east", 0])]), apiVersion });
    await actuator.write(own, decision(own));
    expect(sent[0]?.path).toBe(`/apis/${apiVersion}/namespaces/shop/${plural}/web`);
    expect(sent[0]?.body).toMatchObject([{}, { path: "/spec/rules/0/backendRefs/0/weight" }, {}, {}]);
  });

  it("can be abandoned", async () => {
    const { actuator, sent } = actuatorWith(() => ok());
    const abandon = new AbortController();
    await actuator.write(route(), decision(route()), abandon.signal);
    expect(sent[0]?.options.signal).toBe(abandon.signal);
  });

  it("that conflicts has the outcome conflict", async () => {
    const { actuator } = actuatorWith(() => failed(409, "Conflict"));
    expect(await actuator.write(route(), decision(route()))).toEqual({ outcome: "conflict" });
  });

  it.each([
    [404, "NotFound", "gone: no"],
    [422, "Invalid", "refused as invalid: no"],
    [403, "Forbidden", "forbidden: no"],
    [500, "InternalError", "500 InternalError: no"],
    [null, "TimeLimit", "TimeLimit: no"],
  ])("that fails with %s %s has the reason", async (status, reason, error) => {
    const { actuator } = actuatorWith(() => failed(status, reason));
    expect(await actuator.write(route(), decision(route()))).toEqual({ outcome: "failed", error });
  });

  it("that fails has the reason in one short line", async () => {
    const { actuator } = actuatorWith(() => failed(500, "InternalError", "a\nb ".repeat(1_000)));
    const outcome = await actuator.write(route(), decision(route()));
    expect(outcome.outcome === "failed" && outcome.error).toMatch(/^500 InternalError: a b a b[ab ]{1,300}$/);
  });

  it("without a change sends nothing and is no success", async () => {
    const { actuator, sent } = actuatorWith(() => ok());
    expect(await actuator.write(route(), decision(route(), 100, 0))).toMatchObject({ outcome: "failed" });
    expect(sent).toEqual([]);
  });

  it("in a dry run sends nothing", async () => {
    const { actuator, sent } = actuatorWith(() => ok(), true);
    expect(await actuator.write(route(), decision(route()))).toEqual({ outcome: "dryRun" });
    expect(sent).toEqual([]);
  });
});
