import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RouteStatus } from "../../../src/cli/commands/status/routeStatus.ts";
import { type StatusView, statusAnswer } from "../../../src/cli/commands/status.ts";
import { createKubeApi } from "../../../src/kube/createKubeApi.ts";
import { STATE_ANNOTATION, writeMemory } from "../../../src/routes/memory.ts";
import type { BackendMemory } from "../../../src/routes/route.ts";
import { kubeConfigFor } from "../../kube/wire.ts";
import { type Cluster, pathOf, shifted, startCluster, trafficSplit } from "./owner/cluster.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 12, 0, 0);
const STYLE = { colours: false, columns: 80 };
const ALL: StatusView = { namespace: null, selector: null, output: "table" };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.double.close());
beforeEach(() => {
  for (const { metadata } of cluster.double.list("/apis/split.smi-spec.io/v1alpha2/trafficsplits"))
    cluster.double.remove(pathOf(String(metadata.name), String(metadata.namespace)));
});

async function table(view: Partial<StatusView> = {}) {
  const { page = "", exit, remarks } = await statusAnswer(cluster.kube, { ...ALL, ...view }, NOW_MS, STYLE);
  return { lines: page.trimEnd().split("\n"), exit, remarks };
}

async function json(view: Partial<StatusView> = {}): Promise<readonly RouteStatus[]> {
  const { page = "" } = await statusAnswer(cluster.kube, { ...ALL, ...view, output: "json" }, NOW_MS, STYLE);
  return JSON.parse(page) as RouteStatus[];
}

/** A split that we have written: east carries all of web's load. */
function away(web: BackendMemory, live: readonly [number, number] = [0, 100]): object {
  const splits = { "0": { baseline: { web: [100], east: [0] }, written: { web: live[0], east: live[1] } } };
  return trafficSplit("web", live, { annotations: { [STATE_ANNOTATION]: writeMemory({ splits, backends: { web } }) } });
}

it("has one line per managed route, by namespace and name", async () => {
  cluster.double.apply(trafficSplit("pay", [100, 0], { namespace: "bank" }));
  cluster.double.apply(trafficSplit("other", [100, 0], { labels: {} }));
  cluster.double.apply(away({ phase: "out", sinceMs: NOW_MS - 80_000, cause: "readiness" }));
  cluster.double.apply(trafficSplit("api", [100, 0], { annotations: { "failover.linkerd.io/freeze": "true" } }));
  expect(await table()).toEqual({
    exit: 0,
    remarks: [],
    lines: [
      "NAMESPACE  ROUTE             STATUS    TRAFFIC    NOTES",
      "bank       trafficsplit/pay  primary   pay 100%",
      "shop       trafficsplit/api  primary   api 100%   frozen, east standby",
      "shop       trafficsplit/web  fallback  east 100%  web out for 1m20s (readiness)",
    ],
  });
  expect((await table({ namespace: "bank" })).lines).toHaveLength(2);
});

it("names standbys only where a route is shifted or has other notes", async () => {
  const splits = { "0": { baseline: { web: [100], east: [0], west: [0] }, written: { web: 0, east: 100, west: 0 } } };
  const web: BackendMemory = { phase: "out", sinceMs: NOW_MS - 80_000, cause: "readiness" };
  const annotations = { [STATE_ANNOTATION]: writeMemory({ splits, backends: { web } }) };
  const backends = [
    ["web", 0],
    ["east", 100],
    ["west", 0],
  ].map(([service, weight]) => ({ service, weight }));
  const split = trafficSplit("web", [0, 100], { annotations });
  cluster.double.apply({ ...split, spec: { service: "web", backends } });
  cluster.double.apply(trafficSplit("api", [100, 0]));
  const { page = "" } = await statusAnswer(cluster.kube, ALL, NOW_MS, { ...STYLE, columns: 120 });
  expect(page.split("\n").map((line) => line.split("%")[1]?.trim())).toEqual([
    undefined,
    "",
    "web out for 1m20s (readiness), west standby",
    undefined,
  ]);
});

describe("as JSON", () => {
  it("has the keys of linkerd-failover, and more", async () => {
    cluster.double.apply(away({ phase: "returning", sinceMs: NOW_MS, step: 0, cause: "successRate", relapses: 2 }, [5, 95]));
    expect(await json()).toEqual([
      {
        ...{ namespace: "shop", name: "web", status: "primary", services: ["web", "east"] },
        ...{ kind: "TrafficSplit", primary: "web", shifted: true, frozen: false, pinned: null, problems: [] },
        splits: [{ name: "0", weights: { web: 5, east: 95 }, baseline: { web: 100, east: 0 } }],
        backends: [
          { backend: "web", phase: "returning", since: "2026-01-02T12:00:00.000Z", cause: "successRate", relapses: 2 },
          { backend: "east", phase: "serving", since: null, cause: null, relapses: 0 },
        ],
      },
    ]);
  });

  it("is fallback if the primary has lost its weight, also by linkerd-failover", async () => {
    cluster.double.apply(trafficSplit("web", [0, 1], { annotations: { "failover.linkerd.io/primary-service": "web" } }));
    const [route] = await json();
    expect(route).toMatchObject({ status: "fallback", services: ["east"], shifted: true });
    expect(route?.backends[0]).toMatchObject({ backend: "web", phase: "out" });
  });

  it("is never fallback if the owner gave the primary no weight, or the route is unreadable or has nothing to split", async () => {
    cluster.double.apply(trafficSplit("web", [0, 1]));
    const single = { service: "web", weight: 0 };
    cluster.double.apply({ ...trafficSplit("single", [0, 1]), spec: { service: "web", backends: [single] } });
    const long = { service: "web.other.svc.cluster.local", weight: 1 };
    cluster.double.apply({ ...trafficSplit("long", [0, 1]), spec: { service: "web", backends: [single, long] } });
    expect((await json()).map(({ status, shifted }) => [status, shifted])).toEqual([
      ["primary", false],
      ["primary", false],
      ["primary", false],
    ]);
  });

  it("has a pin that is in force, and not one that has ended", async () => {
    const pin = (until: string) => ({
      annotations: { "failover.linkerd.io/pin": "east", "failover.linkerd.io/pin-until": until },
    });
    cluster.double.apply(trafficSplit("web", [0, 1], pin("2026-01-02T12:00:01Z")));
    cluster.double.apply(trafficSplit("api", [0, 1], pin("2026-01-02T12:00:00Z")));
    expect((await json()).map(({ pinned }) => pinned)).toEqual([null, { backend: "east", until: "2026-01-02T12:00:01.000Z" }]);
  });
});

it("fits into 80 columns whatever the names, and no annotation reaches the terminal raw", async () => {
  const long = `w${"e".repeat(61)}b`;
  cluster.double.apply(trafficSplit(long, [60, 40], { annotations: { "failover.linkerd.io/primary-service": "\u001b[2Jevil\u202e" } }));
  const { lines } = await table();
  expect(lines).toHaveLength(2);
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  expect(lines[1]).toMatch(/^shop +trafficsplit\/we+… +primary +we+… +unknown-primary$/);
  const { page = "" } = await statusAnswer(cluster.kube, { ...ALL, output: "json" }, NOW_MS, STYLE);
  expect(page).not.toMatch(/[^\x20-\x7e\n]/);
  expect((JSON.parse(page) as RouteStatus[])[0]?.name).toBe(long);
});

it("colours a route at rest, one that is shifted, and one with a problem", async () => {
  cluster.double.apply(trafficSplit("api", [100, 0]));
  cluster.double.apply(away({ phase: "out", sinceMs: NOW_MS, cause: "readiness" }));
  cluster.double.apply(trafficSplit("x", [0, 0]));
  const { page = "" } = await statusAnswer(cluster.kube, ALL, NOW_MS, { ...STYLE, colours: true });
  const colours = page.split("\u001b[").filter((part) => part.startsWith("3"));
  expect(colours).toEqual(["32mprimary", "33mfallback", "31mprimary"]);
});

it("shows the weights of a route where all are 0", async () => {
  cluster.double.apply(trafficSplit("web", [0, 0]));
  const [route] = await json();
  expect(route).toMatchObject({ status: "primary", services: [], problems: [{ problem: "no-weights" }] });
  expect(route?.splits[0]?.weights).toEqual({ web: 0, east: 0 });
});

it("says that there are no routes, and prints an empty list as JSON", async () => {
  expect(await table({ namespace: "shop" })).toMatchObject({
    lines: [""],
    exit: 0,
    remarks: [{ message: "no managed routes in namespace shop" }],
  });
  expect(await json()).toEqual([]);
});

it("lists the other kinds if one cannot be listed, and exits with 1", async () => {
  cluster.double.apply(shifted("web", [100, 0]));
  const stop = cluster.double.faults.add({ fault: { kind: "status", code: 403 }, matches: ({ path }) => path.endsWith("/httproutes") });
  const { lines, exit, remarks } = await table();
  stop();
  expect([lines.length, exit]).toEqual([2, 1]);
  expect(remarks.map(({ message }) => message.split(":")[0])).toContain("cannot list httproutes.gateway.networking.k8s.io");
});

it("exits with 3 if the API server does not answer, and says so once", async () => {
  const answer = await statusAnswer(createKubeApi(kubeConfigFor("http://127.0.0.1:1")), ALL, NOW_MS, STYLE);
  expect([answer.exit, answer.page, answer.remarks.length]).toEqual([3, undefined, 1]);
  expect(answer.remarks[0]?.message).toContain("ECONNREFUSED");
});
