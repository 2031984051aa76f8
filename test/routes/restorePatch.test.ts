import { describe, expect, it } from "vitest";
import { STATE_ANNOTATION, writeMemory } from "../../src/routes/memory.ts";
import { restorePatch } from "../../src/routes/restorePatch.ts";
import type { Memory, Route, SplitMemory } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { readHttpRoute, rule } from "./gatewayObjects.ts";
import { backends, routeOf, trafficSplit } from "./routeObjects.ts";

const GUARD = { op: "replace", path: "/metadata/resourceVersion", value: "7" };
const GONE = { op: "remove", path: "/metadata/annotations/failover.linkerd.io~1state" };

function annotated(splits: Readonly<Record<string, SplitMemory>>): Record<string, string> {
  const memory: Memory = { splits, backends: {} };
  return { [STATE_ANNOTATION]: writeMemory(memory) };
}

/** A route with this baseline, on which we wrote 0 and 100. */
function shifted(baseline: readonly [number | string, number | string], live: readonly [unknown, unknown] = [0, 100]): Route {
  const memory = { baseline: { web: [baseline[0]], east: [baseline[1]] }, written: { web: 0, east: 100 } };
  return trafficSplitCodec.read(trafficSplit(backends(["web", live[0]], ["east", live[1]]), { annotations: annotated({ "0": memory }) }));
}

function operations(route: Route): unknown {
  const restoring = restorePatch(route);
  return restoring.kind === "patch" ? restoring.patch : restoring;
}

describe("restoring", () => {
  it("restores the owner's notation and removes the state annotation, in one guarded patch", () => {
    expect(operations(shifted(["500m", 0]))).toEqual([
      GUARD,
      { op: "replace", path: "/spec/backends/0/weight", value: "500m" },
      { op: "replace", path: "/spec/backends/1/weight", value: 0 },
      GONE,
    ]);
  });

  it("uses the API version that accepts the owner's notation", () => {
    const restoring = restorePatch(shifted(["500m", 0]));
    expect(restoring.kind === "patch" && trafficSplitCodec.writeVersion(shifted(["500m", 0]), restoring.desired)).toBe("v1alpha1");
  });

  it("only removes the annotation if the weights are restored already", () => {
    expect(operations(shifted([100, 0], [100, 0]))).toEqual([GUARD, GONE]);
  });

  it("keeps later changes of the owner", () => {
    expect(operations(shifted([100, 0], [70, 30]))).toEqual([GUARD, GONE]);
  });

  it("does not change a route without the state annotation, even one that was found failed over", () => {
    expect(restorePatch(routeOf(["web", 0], ["east", 1]))).toEqual({ kind: "nothing" });
  });

  it("uses the live weights if the annotation is unreadable, as the controller does", () => {
    const parts = { annotations: { [STATE_ANNOTATION]: "{" } };
    expect(operations(trafficSplitCodec.read(trafficSplit(backends(["web", 60], ["east", 40]), parts)))).toEqual([GUARD, GONE]);
    expect(operations(trafficSplitCodec.read(trafficSplit(backends(["web", 0], ["east", 100]), parts)))).toEqual([GUARD, GONE]);
  });

  it("restores every rule of an HTTPRoute", () => {
    const memory = { baseline: { web: [90], east: [10] }, written: { web: 0, east: 100 } };
    const rules = [rule(["web", 0], ["east", 100]), rule(["web", 90], ["east", 10])];
    expect(operations(readHttpRoute(rules, { annotations: annotated({ "0": memory, "1": memory }) }))).toEqual([
      GUARD,
      { op: "replace", path: "/spec/rules/0/backendRefs/0/weight", value: 90 },
      { op: "replace", path: "/spec/rules/0/backendRefs/1/weight", value: 10 },
      GONE,
    ]);
  });

  const memory = { baseline: { web: [100], east: [0] }, written: { web: 0, east: 100 } };
  const unreadable = { backendRefs: [{ name: "web", weight: -1 }, { name: "east" }] };

  it("keeps the annotation while only it has the baseline of an unreadable rule", () => {
    const route = readHttpRoute([rule(["web", 0], ["east", 100]), unreadable], { annotations: annotated({ "0": memory, "1": memory }) });
    expect(restorePatch(route)).toEqual({ kind: "impossible", why: expect.stringContaining("spec.rules[1].backendRefs[0].weight") });
    const whole = trafficSplitCodec.read(trafficSplit("none", { annotations: annotated({ "0": memory }) }));
    expect(restorePatch(whole)).toMatchObject({ kind: "impossible" });
  });

  it("is possible with a rule that was never readable, and with a deleted rule", () => {
    const never = readHttpRoute([rule(["web", 0], ["east", 100]), unreadable], { annotations: annotated({ "0": memory }) });
    expect(restorePatch(never)).toMatchObject({ kind: "patch" });
    const gone = readHttpRoute([rule(["web", 0], ["east", 100])], { annotations: annotated({ "0": memory, "1": memory }) });
    expect(restorePatch(gone)).toMatchObject({ kind: "patch" });
  });
});
