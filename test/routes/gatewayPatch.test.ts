import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeMemory } from "../../src/routes/memory.ts";
import type { DesiredRoute, JsonPatch, Memory, Route } from "../../src/routes/route.ts";
import { applyJsonPatch } from "../world/jsonPatch.ts";
import { codecOf, GATEWAY_FIXTURES, gatewayFixture, httpRoute, rule } from "./gatewayObjects.ts";
import { ownersPart } from "./ownersPart.ts";

const MEMORY: Memory = { splits: { "0": { baseline: { web: [1] }, written: { web: 0 } } }, backends: {} };

/** Desired weights for all entries of a route, in their order. */
function desiredOf(route: Route, weights: readonly number[]): DesiredRoute {
  let next = 0;
  const splits = route.splits.map(({ name, backends }) => ({
    name,
    backends: backends.map(({ backend, entries }) => {
      const spellings = entries.map(() => weights[next++ % weights.length] ?? 0);
      return { backend, spellings, weight: spellings.reduce((sum, weight) => sum + weight, 0) };
    }),
  }));
  return { splits, memory: MEMORY };
}

function patched(object: unknown, patch: JsonPatch): unknown {
  const outcome = applyJsonPatch(object, patch);
  if (outcome.state !== "patched") throw new Error(outcome.message);
  return outcome.value;
}

describe("the patch of a gateway route", () => {
  const codec = codecOf("HTTPRoute");

  it("begins with the resourceVersion, adds missing weights, replaces different ones, and ends with the annotation", () => {
    const route = codec.read(httpRoute([rule(["single", 1]), rule(["web"], ["east", 0]), rule(["east", 5], ["web", 5])]));
    expect(codec.patch(route, desiredOf(route, [0, 100, 5]))).toEqual([
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
      { op: "add", path: "/spec/rules/1/backendRefs/0/weight", value: 0 },
      { op: "replace", path: "/spec/rules/1/backendRefs/1/weight", value: 100 },
      { op: "replace", path: "/spec/rules/2/backendRefs/1/weight", value: 0 },
      { op: "add", path: "/metadata/annotations", value: { "failover.linkerd.io/state": writeMemory(MEMORY) } },
    ]);
  });

  it("does not add a missing weight if 1 is desired", () => {
    const route = codec.read(httpRoute([rule(["web"], ["east", 0])]));
    expect(codec.patch(route, desiredOf(route, [1, 0]))).toEqual([]);
  });

  it.each(GATEWAY_FIXTURES)("of %s changes no other byte", (file, kind) => {
    const own = codecOf(kind);
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 9, maxLength: 9 }), (weights) => {
        const before = gatewayFixture(file);
        const route = own.read(before);
        const desired = desiredOf(route, weights);
        const after = patched(before, own.patch(route, desired));
        const live = own.read(after).splits.map((split) => split.backends.map((b) => b.weight));
        expect(live).toEqual(desired.splits.map((split) => split.backends.map((b) => b.weight)));
        expect(JSON.stringify(ownersPart(after))).toBe(JSON.stringify(ownersPart(before)));
      }),
    );
  });

  it("of 300 rules is computed quickly", () => {
    const object = httpRoute(Array.from({ length: 300 }, (_, i) => rule(["web", 100], [`web-${i % 40}`, 0])));
    const route = codec.read(object);
    const startedMs = performance.now();
    const patch = codec.patch(route, desiredOf(route, [0, 100]));
    expect(performance.now() - startedMs).toBeLessThan(200);
    expect(patch).toHaveLength(602);
    expect(ownersPart(patched(object, patch))).toEqual(ownersPart(object));
  });

  it.each([
    ["HTTPRoute", "gateway.networking.k8s.io/v1beta1", "v1beta1"],
    ["HTTPRoute", "gateway.networking.k8s.io/v9", "v1"],
    ["HTTPRoute.policy.linkerd.io", "policy.linkerd.io/v1beta2", "v1beta2"],
    ["GRPCRoute", "gateway.networking.k8s.io/v1alpha2", "v1alpha2"],
  ] as const)("of a %s uses the version of the object if it is supported: %s", (kind, apiVersion, version) => {
    const route = codecOf(kind).read({ ...httpRoute([rule(["web", 1], ["east", 0])]), apiVersion });
    expect(codecOf(kind).writeVersion(route, desiredOf(route, [1]))).toBe(version);
  });
});
