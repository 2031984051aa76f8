import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RestoreScope, restoreAll } from "../../../../src/cli/commands/owner/restoreAll.ts";
import { readRouteArgument } from "../../../../src/cli/commands/owner/routeArgument.ts";
import { type Cluster, MANAGED, pathOf, shifted, startCluster, stateOf, trafficSplit } from "./cluster.ts";

const LEASE = "/apis/coordination.k8s.io/v1/namespaces/linkerd-failover/leases/linkerd-failover";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster();
});
afterEach(() => cluster.double.close());

interface Run extends Partial<RestoreScope> {
  /** What happens while it waits. */
  readonly meanwhile?: () => void;
}

async function restore({ meanwhile, ...more }: Run = {}) {
  const lines: string[] = [];
  const wait = async () => meanwhile?.();
  const scope = { kube: cluster.kube, argument: undefined, namespaces: [], controllerNamespace: "linkerd-failover", dryRun: false };
  const answer = await restoreAll({ ...scope, print: (line) => lines.push(line), retries: { waitsMs: [1, 1, 1], wait }, ...more });
  return { ...answer, lines };
}

function lease(renewTime: string, holderIdentity = "pod-1") {
  const spec = { holderIdentity, leaseDurationSeconds: 15, renewTime };
  const metadata = { name: "linkerd-failover", namespace: "linkerd-failover" };
  cluster.double.apply({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
}

describe("restore", () => {
  it("restores every route with our annotation, whatever its labels, and no other", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.apply(shifted("api", [60, 40], { labels: {}, namespace: "pay" }));
    cluster.double.apply(trafficSplit("own", [0, 1]));
    expect(await restore()).toEqual({
      exit: 0,
      remarks: [],
      lines: ["TrafficSplit/pay/api restored: api 0 → 60, east 100 → 40", "TrafficSplit/shop/web restored: web 0 → 100, east 100 → 0"],
    });
    expect([stateOf(cluster, "web"), stateOf(cluster, "api", "pay"), stateOf(cluster, "own")]).toEqual(["100/0", "60/40", "0/1"]);
    expect(cluster.double.get(pathOf("web"))?.metadata.labels).toEqual(MANAGED);
  });

  it("finds nothing to do the second time", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    await restore();
    const { requests } = cluster.double;
    const before = requests.filter(({ method }) => method === "PATCH").length;
    expect(await restore()).toEqual({ exit: 0, remarks: [], lines: ["nothing to restore"] });
    expect(requests.filter(({ method }) => method === "PATCH")).toHaveLength(before);
  });

  it("stops if the API server does not answer, and can be run again", async () => {
    cluster.double.apply(shifted("api", [100, 0]));
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.faults.add({
      fault: { kind: "lost" },
      times: 1,
      matches: ({ method, path }) => method === "PATCH" && path.includes("/api"),
    });
    const first = await restore();
    expect(first.exit).toBe(3);
    expect(first.lines).toEqual([expect.stringContaining("TrafficSplit/shop/api not restored: Unreachable")]);
    expect(first.remarks).toEqual([{ message: "the API server no longer answers", hint: expect.stringContaining("again") }]);
    // The write whose answer was lost did succeed.
    expect(await restore()).toMatchObject({ exit: 0, lines: ["TrafficSplit/shop/web restored: web 0 → 100, east 100 → 0"] });
    expect([stateOf(cluster, "api"), stateOf(cluster, "web")]).toEqual(["100/0", "100/0"]);
  });

  it("begins no route after its time limit, and says how many are left", async () => {
    for (const name of ["api", "web", "www"]) cluster.double.apply(shifted(name, [100, 0]));
    const over = new AbortController();
    cluster.double.faults.conflictNextPatches(1);
    const cut = await restore({ timeLimit: over.signal, meanwhile: () => over.abort() });
    expect([cut.exit, cut.lines.length, cut.remarks]).toEqual([
      1,
      1,
      [{ message: "the time limit is over: 2 of 3 routes not restored", hint: expect.stringContaining("run it again") }],
    ]);
    expect(await restore()).toMatchObject({ exit: 0 });
  });

  it("reads the route again after a conflict", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.faults.conflictNextPatches(2);
    const edited = shifted("web", [100, 0]) as { spec: { backends: { weight: number }[] } };
    edited.spec.backends = edited.spec.backends.map((backend, i) => ({ ...backend, weight: [70, 30][i] ?? 0 }));
    const meanwhile = () => void cluster.double.apply(edited);
    expect(await restore({ meanwhile })).toMatchObject({ exit: 0, lines: ["TrafficSplit/shop/web restored: web 70, east 30"] });
    expect(stateOf(cluster, "web")).toBe("70/30");
  });

  it("gives up on a route after several conflicts, and restores the others", async () => {
    cluster.double.apply(shifted("api", [100, 0]));
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.faults.conflictNextPatches(4);
    const { exit, lines, remarks } = await restore();
    expect(exit).toBe(1);
    expect(lines).toEqual([
      expect.stringContaining("TrafficSplit/shop/api not restored: 409 Conflict"),
      expect.stringContaining("shop/web restored"),
    ]);
    expect(remarks).toEqual([{ message: "1 of 2 routes not restored", hint: "run it again: routes that are restored stay restored" }]);
  });

  it("accepts that a route is deleted while it waits", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.faults.conflictNextPatches(1);
    const meanwhile = () => void cluster.double.remove(pathOf("web"));
    expect(await restore({ meanwhile })).toMatchObject({ exit: 0, lines: ["TrafficSplit/shop/web was deleted meanwhile"] });
  });

  it("keeps to a namespace, or to one route", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.apply(shifted("web", [100, 0], { namespace: "pay" }));
    cluster.double.apply(shifted("api", [100, 0], { namespace: "pay" }));
    expect((await restore({ namespaces: ["shop"] })).lines).toHaveLength(1);
    const argument = readRouteArgument("ts/web");
    expect((await restore({ namespaces: ["pay"], argument })).lines).toEqual(["TrafficSplit/pay/web restored: web 0 → 100, east 100 → 0"]);
    expect(await restore({ namespaces: ["pay"], argument })).toMatchObject({ exit: 0, lines: ["nothing to restore"] });
    expect(await restore({ namespaces: ["none"], argument })).toMatchObject({
      exit: 2,
      remarks: [{ message: "TrafficSplit/none/web does not exist" }],
    });
  });

  it("writes nothing in a dry run", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    expect(await restore({ dryRun: true })).toMatchObject({
      exit: 0,
      lines: ["TrafficSplit/shop/web would be restored: web 0 → 100, east 100 → 0"],
    });
    expect(stateOf(cluster, "web")).toBe("0/100 +state");
  });

  it("skips kinds that are not installed, and reports those that may not be listed", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.removeResource("gateway.networking.k8s.io", "grpcroutes");
    cluster.double.faults.add({
      fault: { kind: "status", code: 403 },
      matches: ({ path }) => path.includes("policy.linkerd.io/v1beta3/httproutes"),
    });
    const { exit, lines, remarks } = await restore();
    expect([exit, lines.length]).toEqual([1, 1]);
    expect(remarks).toEqual([{ message: expect.stringMatching(/^cannot list httproutes\.policy\.linkerd\.io: 403 /) }]);
  });

  it("reports that the API server does not answer", async () => {
    await cluster.double.faults.refuseConnections();
    expect(await restore()).toMatchObject({ exit: 3, lines: [] });
    await cluster.double.faults.acceptConnections();
  });
});

describe("restore while a controller is running", () => {
  it("leaves routes that it would shift again, and restores frozen ones", async () => {
    cluster.double.apply(shifted("web", [100, 0]));
    cluster.double.apply(shifted("ice", [100, 0], { annotations: { "failover.linkerd.io/freeze": "true" } }));
    lease("2026-01-01T00:00:00.000000Z");
    const { exit, lines, remarks } = await restore({ meanwhile: () => lease("2026-01-01T00:00:02.000000Z") });
    expect(exit).toBe(1);
    expect(lines).toEqual([
      "TrafficSplit/shop/ice restored: ice 0 → 100, east 100 → 0",
      "TrafficSplit/shop/web left as it is: a controller is running and would shift it again",
    ]);
    expect(remarks[0]?.hint).toBe("pod-1 leads in linkerd-failover: scale the controller down first, or freeze the routes");
  });

  it.each([
    ["was released", ""],
    ["is not renewed any more", "pod-1"],
  ])("is not kept from it by a Lease that %s", async (_, holder) => {
    cluster.double.apply(shifted("web", [100, 0]));
    lease("2026-01-01T00:00:00.000000Z", holder);
    let waits = 0;
    expect(await restore({ meanwhile: () => void (waits += 1) })).toMatchObject({ exit: 0, lines: [expect.stringContaining("restored")] });
    expect(waits).toBe(holder === "" ? 0 : 15);
    expect(cluster.double.get(LEASE)).not.toBeNull();
  });
});
