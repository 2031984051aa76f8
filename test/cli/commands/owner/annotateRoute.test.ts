import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { annotateRoute, type Intent } from "../../../../src/cli/commands/owner/annotateRoute.ts";
import { pinTo } from "../../../../src/cli/commands/pin.ts";
import type { Route } from "../../../../src/routes/route.ts";
import { type Cluster, pathOf, shifted, startCluster, trafficSplit } from "./cluster.ts";
import { routeNamed } from "./routeNamed.ts";

const UNTIL_MS = Date.parse("2026-01-31T18:00:00Z");
const FREEZE: Intent = { changes: { "failover.linkerd.io/freeze": "true" }, outcome: "is frozen", remarks: [] };

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster();
});
afterEach(() => cluster.double.close());

function annotate(
  intend: (route: Route) => ReturnType<typeof pinTo>,
  name = "web",
  selector: { label: string; value: string } | null = null,
) {
  const target = { kube: cluster.kube, argument: routeNamed(`ts/${name}`), namespace: "shop", selector };
  return annotateRoute(target, intend, { waitsMs: [1, 1], wait: async () => {} });
}
const annotations = () => cluster.double.get(pathOf("web"))?.metadata.annotations ?? {};
const patches = () => cluster.double.requests.filter(({ method }) => method === "PATCH");

describe("pin", () => {
  it("sets backend and end, and nothing else", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    const before = cluster.double.get(pathOf("web"));
    const answer = await annotate((route) => pinTo(route, "east", UNTIL_MS - 1));
    expect(answer).toEqual({ exit: 0, line: "TrafficSplit/shop/web is pinned to east until 2026-01-31T18:00:00Z", remarks: [] });
    const { "failover.linkerd.io/state": state, ...others } = annotations();
    expect(others).toEqual({ "failover.linkerd.io/pin": "east", "failover.linkerd.io/pin-until": "2026-01-31T18:00:00Z" });
    expect(state).toBe(before?.metadata.annotations?.["failover.linkerd.io/state"]);
    expect(cluster.double.get(pathOf("web"))?.["spec"]).toEqual(before?.["spec"]);
  });

  it("without an end removes an earlier end", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0], { annotations: { "failover.linkerd.io/pin-until": "2026-01-31T18:00:00Z" } }));
    expect(await annotate((route) => pinTo(route, "web", null))).toMatchObject({
      line: "TrafficSplit/shop/web is pinned to web without an end",
    });
    expect(annotations()).toEqual({ "failover.linkerd.io/pin": "web" });
  });

  it("accepts the full name of a backend in the route's own namespace", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0]));
    await annotate((route) => pinTo(route, "east.shop", null));
    expect(annotations()).toEqual({ "failover.linkerd.io/pin": "east" });
  });

  it("lists the backends if the name is none", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0]));
    const remark = { message: 'TrafficSplit/shop/web: "west" is not a backend', hint: "its backends are web, east" };
    expect(await annotate((route) => pinTo(route, "west", null))).toEqual({ exit: 2, remarks: [remark] });
    expect(patches()).toEqual([]);
  });

  it("warns that it has no effect while the controller leaves the route alone", async () => {
    cluster.double.apply({ ...trafficSplit("web", [100, 0]), spec: { service: "web", backends: [{ service: "web", weight: 100 }] } });
    const { exit, line, remarks } = await annotate((route) => pinTo(route, "web", null));
    expect([exit, line]).toEqual([0, "TrafficSplit/shop/web is pinned to web without an end"]);
    const hint = "nothing-to-split: spec.backends: two Services are needed to fail over, found one";
    expect(remarks).toEqual([{ message: "TrafficSplit/shop/web is left alone: the pin has no effect until this problem is fixed", hint }]);
    expect(annotations()).toEqual({ "failover.linkerd.io/pin": "web" });
  });

  it("warns that a freeze goes before a pin", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0], { annotations: { "failover.linkerd.io/freeze": "true" } }));
    const { remarks } = await annotate((route) => pinTo(route, "east", null));
    expect(remarks[0]?.message).toContain("is frozen: the pin has no effect until the freeze ends");
  });
});

describe("an owner's annotation", () => {
  it("is written by a field manager of its own, once", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0]));
    expect(await annotate(() => FREEZE)).toMatchObject({ exit: 0, line: "TrafficSplit/shop/web is frozen" });
    expect(await annotate(() => FREEZE)).toMatchObject({ exit: 0 });
    expect(patches().map(({ path }) => path)).toEqual([`${pathOf("web")}?fieldManager=linkerd-failover-cli`]);
  });

  it("is written with the API version that accepts the live weights", async () => {
    cluster.double.apply(trafficSplit("web", ["500m", 0]));
    await annotate(() => FREEZE);
    expect(patches()[0]?.path).toContain("/split.smi-spec.io/v1alpha1/");
  });

  it("is removed, and it is no error if it does not exist", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0], { annotations: { "failover.linkerd.io/freeze": "true" } }));
    const thaw: Intent = { changes: { "failover.linkerd.io/freeze": null }, outcome: "is not frozen", remarks: [] };
    for (let i = 0; i < 2; i++) expect(await annotate(() => thaw)).toMatchObject({ exit: 0 });
    expect(annotations()).toEqual({});
    expect(patches()).toHaveLength(1);
  });

  it("is retried after conflicts, a few times", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0]));
    cluster.double.faults.conflictNextPatches(2);
    expect(await annotate(() => FREEZE)).toMatchObject({ exit: 0 });
    cluster.double.apply(trafficSplit("web", [100, 0]));
    cluster.double.faults.conflictNextPatches(3);
    expect(await annotate(() => FREEZE)).toMatchObject({ exit: 1, remarks: [{ message: expect.stringContaining("409 Conflict") }] });
  });

  it("is set on a route that is not managed, with a warning", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0], { labels: { team: "a" } }));
    expect(await annotate(() => FREEZE)).toMatchObject({
      exit: 0,
      remarks: [{ message: "TrafficSplit/shop/web is not managed: this annotation has no effect" }],
    });
    expect(await annotate(() => FREEZE, "web", { label: "team", value: "a" })).toMatchObject({ remarks: [] });
  });

  it("needs a route, a kind, and a server", async () => {
    expect(await annotate(() => FREEZE, "none")).toMatchObject({
      exit: 2,
      remarks: [{ message: "TrafficSplit/shop/none does not exist" }],
    });
    cluster.double.removeResource("split.smi-spec.io", "trafficsplits");
    expect(await annotate(() => FREEZE)).toMatchObject({
      exit: 2,
      remarks: [{ message: expect.stringContaining("has no trafficsplits.split") }],
    });
    await cluster.double.faults.refuseConnections();
    expect(await annotate(() => FREEZE)).toMatchObject({ exit: 3 });
    await cluster.double.faults.acceptConnections();
  });
});

describe("a route's name", () => {
  it.each([
    ["ts/web", "TrafficSplit"],
    ["TrafficSplits/web", "TrafficSplit"],
    ["trafficsplit.split.smi-spec.io/web", "TrafficSplit"],
    ["httproute/web", "HTTPRoute"],
    ["httproutes.gateway.networking.k8s.io/web", "HTTPRoute"],
    ["HTTPRoute.policy.linkerd.io/web", "HTTPRoute.policy.linkerd.io"],
    ["httproutes.policy.linkerd.io/web", "HTTPRoute.policy.linkerd.io"],
    ["grpcroute/web.v1", "GRPCRoute"],
  ])("%s is a %s", (text, kind) => {
    expect(routeNamed(text).codec.kind).toBe(kind);
  });

  it.each(["web", "ts/", "ts/..", "ts/Web", "ts/a/b", "gateway/web", "/web", "service/web"])("%s is none", (text) => {
    expect(() => routeNamed(text)).toThrow(/KIND\/NAME|the kind must be/);
  });
});
