import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readWanted } from "../../../src/cli/commands/owner/routeArgument.ts";
import { readStatus, type StatusScope } from "../../../src/cli/commands/status/readStatus.ts";
import type { RouteStatus } from "../../../src/cli/commands/status/routeStatus.ts";
import { type StatusOutput, statusAnswer } from "../../../src/cli/commands/status/statusAnswer.ts";
import type { TextStyle } from "../../../src/cli/output/textStyle.ts";
import { createKubeApi } from "../../../src/kube/createKubeApi.ts";
import type { KubeApi } from "../../../src/kube/kubeApi.ts";
import { STATE_ANNOTATION, writeMemory } from "../../../src/routes/memory.ts";
import type { BackendMemory } from "../../../src/routes/route.ts";
import { kubeConfigFor } from "../../kube/wire.ts";
import { type Cluster, pathOf, shifted, startCluster, trafficSplit } from "./owner/cluster.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 12, 0, 0);
/** Of a pipe. */
const STYLE = { colours: false, columns: 80, tableColumns: Number.POSITIVE_INFINITY };
const TERMINAL = { ...STYLE, tableColumns: 80 };
const ALL: StatusScope = { namespace: null, selector: null, wanted: [], controller: null };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.double.close());
beforeEach(() => {
  for (const { metadata } of cluster.double.list("/apis/split.smi-spec.io/v1alpha2/trafficsplits"))
    cluster.double.remove(pathOf(String(metadata.name), String(metadata.namespace)));
});

async function answer(
  part: Partial<StatusScope> = {},
  output: StatusOutput = "table",
  style: TextStyle = STYLE,
  kube: KubeApi = cluster.kube,
) {
  const scope = { ...ALL, ...part };
  return statusAnswer(await readStatus(kube, scope, NOW_MS), { scope, output }, NOW_MS, style);
}

async function table(part: Partial<StatusScope> = {}, style?: TextStyle) {
  const { page = "", exit, remarks } = await answer(part, "table", style);
  return { lines: page.trimEnd().split("\n"), exit, remarks };
}

async function json(part: Partial<StatusScope> = {}): Promise<readonly RouteStatus[]> {
  const { page = "" } = await answer(part, "json");
  return JSON.parse(page) as RouteStatus[];
}

/** A split that we have written: east carries all of web's load. */
function away(web: BackendMemory, live: readonly [number, number] = [0, 100]): object {
  const splits = { "0": { baseline: { web: [100], east: [0] }, written: { web: live[0], east: live[1] } } };
  return trafficSplit("web", live, { annotations: { [STATE_ANNOTATION]: writeMemory({ splits, backends: { web } }) } });
}

it("has one line per managed route, the worst first", async () => {
  cluster.double.apply(trafficSplit("pay", [100, 0], { namespace: "bank" }));
  cluster.double.apply(trafficSplit("other", [100, 0], { labels: {} }));
  cluster.double.apply(away({ phase: "out", sinceMs: NOW_MS - 80_000, cause: "readiness" }));
  cluster.double.apply(trafficSplit("api", [100, 0], { annotations: { "failover.linkerd.io/freeze": "true" } }));
  expect(await table()).toEqual({
    exit: 0,
    remarks: [],
    lines: [
      "NAMESPACE  ROUTE             STATE     TRAFFIC    NOTES",
      "shop       trafficsplit/web  shifted   east 100%  web out for 1m20s (readiness)",
      "bank       trafficsplit/pay  baseline  pay 100%",
      "shop       trafficsplit/api  baseline  api 100%   frozen",
    ],
  });
  expect((await table({ namespace: "bank" })).lines).toEqual([
    "ROUTE             STATE     TRAFFIC   NOTES",
    "trafficsplit/pay  baseline  pay 100%",
  ]);
});

describe("as JSON", () => {
  it("has the keys of linkerd-failover, and more", async () => {
    cluster.double.apply(away({ phase: "returning", sinceMs: NOW_MS, step: 0, cause: "successRate", relapses: 2 }, [5, 95]));
    expect(await json()).toEqual([
      {
        ...{ namespace: "shop", name: "web", status: "fallback", services: ["web", "east"] },
        ...{ kind: "TrafficSplit", severity: "returning", degraded: null, primary: "web", shifted: true, frozen: false, frozenUntil: null },
        ...{ pinned: null, rule: null, successRate: null, brakes: [], problems: [] },
        splits: [{ name: "0", weights: { web: 5, east: 95 }, baseline: { web: 100, east: 0 } }],
        backends: [
          { backend: "web", phase: "returning", since: "2026-01-02T12:00:00.000Z", cause: "successRate", relapses: 2, unfitBy: [] },
          { backend: "east", phase: "serving", since: null, cause: null, relapses: 0, unfitBy: [] },
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

it("never shortens in a pipe, fits a terminal whatever the names, and no annotation reaches it raw", async () => {
  const long = `w${"e".repeat(61)}b`;
  cluster.double.apply(trafficSplit(long, [60, 40], { annotations: { "failover.linkerd.io/primary-service": "\u001b[2Jevil\u202e" } }));
  const piped = await table();
  expect(piped.lines[1]).toBe(`shop       trafficsplit/${long}  attention  ${long} 60%, east 40%  unknown-primary`);
  const { lines } = await table({}, TERMINAL);
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  expect(lines[1]).toMatch(/^shop +trafficsplit\/we+… +attention +we+…$/);
  expect(lines[2]).toBe("    unknown-primary");
  const { page = "" } = await answer({}, "json");
  expect(page).not.toMatch(/[^\x20-\x7e\n]/);
  expect((JSON.parse(page) as RouteStatus[])[0]?.name).toBe(long);
});

it("counts the routes below a table on a terminal, and shows the wide one whole", async () => {
  for (const name of ["api", "web"]) cluster.double.apply(trafficSplit(name, [100, 0]));
  expect((await table({}, TERMINAL)).lines.at(-1)).toBe("2 routes: 2 baseline");
  const { page = "" } = await answer({}, "wide", { ...TERMINAL, tableColumns: 40 });
  expect(page.split("\n")[1]).toBe("shop       trafficsplit/api  baseline  api 100%  api 100%  api      –");
});

it("colours what is at its baseline, shifted, and a problem", async () => {
  cluster.double.apply(trafficSplit("api", [100, 0]));
  cluster.double.apply(away({ phase: "out", sinceMs: NOW_MS, cause: "readiness" }));
  cluster.double.apply(trafficSplit("x", [0, 0]));
  const { page = "" } = await answer({}, "table", { ...STYLE, colours: true });
  const colours = page.split("\u001b[").filter((part) => part.startsWith("3"));
  expect(colours).toEqual(["33mshifted", "33mattention"]);
});

describe("of some routes", () => {
  beforeEach(() => {
    for (const name of ["api", "web"]) cluster.double.apply(trafficSplit(name, [100, 0]));
    cluster.double.apply(trafficSplit("other", [100, 0], { labels: {} }));
  });

  it.each([
    [["ts/web"], ["web"]],
    [["ts", "web"], ["web"]],
    [
      ["trafficsplits.split.smi-spec.io", "web", "api"],
      ["api", "web"],
    ],
    [["ts"], ["api", "web"]],
    [["httproute,ts"], ["api", "web"]],
    [["grpcroute"], []],
  ])("%j are %j", async (words, names) => {
    const wanted = readWanted(words);
    if ("wrong" in wanted) throw new Error(wanted.wrong);
    expect((await json({ wanted })).map(({ name }) => name)).toEqual(names);
  });

  it("one that is not managed and one that does not exist are errors", async () => {
    const wanted = readWanted(["ts", "web", "other", "none"]);
    if ("wrong" in wanted) throw new Error(wanted.wrong);
    const { exit, remarks, page } = await answer({ wanted, namespace: "shop" }, "name");
    expect([exit, page]).toEqual([1, "trafficsplit.split.smi-spec.io/web\n"]);
    expect(remarks.map(({ message }) => message)).toEqual([
      "TrafficSplit/shop/other is not managed",
      "TrafficSplit/shop/none does not exist",
    ]);
  });

  it.each([[["web"]], [["ts/web", "api"]], [["service/web"]], [["ts", "Web"]]])("%j names none", (words) => {
    expect(readWanted(words)).toHaveProperty("wrong");
  });
});

describe("with what the controller knows", () => {
  /** Serves this as the controller's `/api/routes`. */
  async function withController<T>(routes: unknown, run: (address: string) => Promise<T>): Promise<T> {
    const server = createServer((_, response) => response.writeHead(200).end(JSON.stringify(routes)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.close();
    }
  }

  const backend = (name: string, weight: number, more: object) => ({
    ...{ backend: name, weight, baseline: weight, phase: "serving", since: "2026-01-02T11:59:00.000Z", verdict: "fit" },
    ...{ readings: {}, reasons: [], ...more },
  });
  const route = (name: string, backends: readonly object[], more: object = {}) => ({
    ...{ kind: "TrafficSplit", namespace: "shop", name, rule: "default", shifted: false, degraded: false, problems: [] },
    ...{ splits: [{ name: "0", backends }], ...more },
  });
  const failing = backend("web", 100, {
    ...{ phase: "out", verdict: "unfit", readings: { successRate: { state: "value", good: 32, total: 402 } } },
    reasons: [
      { kind: "brake", brake: "frozen" },
      { kind: "share", signal: "successRate", opinion: "unfit" },
    ],
  });

  it("a frozen route at 8 % success is the first line, and a problem that only the controller sees is shown", async () => {
    cluster.double.apply(trafficSplit("api", [100, 0]));
    cluster.double.apply(trafficSplit("pay", [100, 0]));
    cluster.double.apply(trafficSplit("web", [100, 0], { annotations: { "failover.linkerd.io/freeze": "true" } }));
    const known = [
      route("api", [backend("api", 100, { readings: { successRate: { state: "quiet" } } })]),
      route("pay", [backend("pay", 100, {})], { rule: null, problems: [{ problem: "no-rule", text: "no rule matches" }] }),
      route("web", [failing, backend("east", 0, {})], { degraded: true }),
    ];
    const lines = await withController(known, async (address) => {
      const place = { namespace: "linkerd-failover", port: 8080 };
      return (await table({ controller: { place, address } })).lines;
    });
    expect(lines).toEqual([
      "NAMESPACE  ROUTE             STATE      SUCCESS  TRAFFIC   NOTES",
      "shop       trafficsplit/web  failing    7.9%     web 100%  frozen, web unfit (successRate)",
      "shop       trafficsplit/pay  attention  –        pay 100%  no-rule",
      "shop       trafficsplit/api  healthy    –        api 100%",
    ]);
  });

  it("a standby that could not take over needs attention, as on the status page", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0]));
    const asleep = backend("east", 0, { verdict: "unfit", reasons: [{ kind: "ready", ready: 0, minReady: 1 }] });
    const known = [route("web", [backend("web", 100, {}), asleep], { severity: "attention" })];
    const lines = await withController(known, async (address) => {
      const place = { namespace: "linkerd-failover", port: 8080 };
      return (await table({ controller: { place, address } })).lines;
    });
    expect(lines[1]).toBe("shop       trafficsplit/web  attention  –        web 100%  east unfit (readiness)");
  });

  it("finds that users are failing in the answer of an older controller, too", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0]));
    const { degraded: _, ...old } = route("web", [failing, backend("east", 0, {})]);
    const place = { namespace: "linkerd-failover", port: 8080 };
    const seen = await withController([old], (address) => json({ controller: { place, address } }));
    expect(seen[0]).toMatchObject({ severity: "failing", degraded: true, rule: "default", successRate: { good: 32, total: 402 } });
  });

  it("lists the routes and says that it is unknown, if no controller answers", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0]));
    const place = { namespace: "linkerd-failover", port: 8080 };
    const { exit, lines, remarks } = await table({ controller: { place, address: undefined } });
    expect([exit, lines[1]]).toEqual([0, "shop       trafficsplit/web  baseline  web 100%"]);
    expect(remarks[0]?.message).toBe("whether users are failing is unknown: linkerd-failover has no Lease of a controller");
  });
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
  const { exit, page, remarks } = await answer({}, "table", STYLE, createKubeApi(kubeConfigFor("http://127.0.0.1:1")));
  expect([exit, page, remarks.length]).toEqual([3, undefined, 1]);
  expect(remarks[0]?.message).toContain("ECONNREFUSED");
});
