import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decisionJson } from "../../../src/admin/decisionJson.ts";
import { wholeRouteJson } from "../../../src/admin/routeJson.ts";
import { askAddress, routePath } from "../../../src/cli/commands/controller/askController.ts";
import { renderExplanation } from "../../../src/cli/commands/explain/renderExplanation.ts";
import { readRouteView } from "../../../src/cli/commands/explain/routeView.ts";
import { type ExplainScope, explainRoute } from "../../../src/cli/commands/explain.ts";
import type { Answer } from "../../../src/cli/output/answer.ts";
import type { KubeApi } from "../../../src/kube/kubeApi.ts";
import { NOW_MS, recorded, shiftedRoute, WEB } from "../../admin/reports.ts";
import { type Cluster, startCluster, trafficSplit } from "./owner/cluster.ts";
import { routeNamed } from "./owner/routeNamed.ts";

const PLAIN = { colours: false, columns: 80 };
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/linkerd-failover/leases";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.double.close());
beforeEach(() => {
  cluster.double.remove(`${LEASES}/linkerd-failover`);
  cluster.double.apply(trafficSplit("web", [100, 0]));
  for (const name of ["web", "east"]) {
    const metadata = { name: `${name}-1`, namespace: "shop", labels: { "kubernetes.io/service-name": name } };
    const endpoints = [{ addresses: ["10.0.0.1"], conditions: { ready: name === "east" } }];
    cluster.double.apply({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, addressType: "IPv4", endpoints });
  }
});

function lead(holderIdentity: string): void {
  const metadata = { name: "linkerd-failover", namespace: "linkerd-failover" };
  cluster.double.apply({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: { holderIdentity } });
}

/** The API double with pods that answer like this. */
function withPods(answer: (path: string) => Awaited<ReturnType<KubeApi["get"]>>): KubeApi {
  const { kube } = cluster;
  return { ...kube, get: async (path, options) => (path.includes("/proxy/") ? (answer(path) as never) : kube.get(path, options)) };
}

async function explain(kube: KubeApi, more: Partial<ExplainScope> = {}, output: "table" | "json" = "table"): Promise<Answer> {
  const controller = { namespace: "linkerd-failover", port: 8080 };
  const scope: ExplainScope = {
    namespace: "shop",
    controller,
    selector: null,
    prometheus: async () => null,
    rulesFile: undefined,
    ...more,
  };
  const answer = await explainRoute(kube, routeNamed("ts/web"), scope, { output, nowMs: NOW_MS, style: PLAIN });
  if ("problems" in answer) throw new Error(JSON.stringify(answer));
  return answer;
}

const ANSWER = wholeRouteJson(shiftedRoute(), decisionJson(recorded(NOW_MS - 30_000)));

describe("the controller that leads", () => {
  it("is read through the API server, from its pod", async () => {
    lead("linkerd-failover-7c9-x2x4z_1f0e");
    const asked: string[] = [];
    const kube = withPods((path) => {
      asked.push(path);
      return { ok: true, value: ANSWER };
    });
    const { exit, page, remarks } = await explain(kube, { controller: { namespace: "linkerd-failover", port: 9 } });
    expect([exit, remarks]).toEqual([0, []]);
    expect(asked).toEqual([
      "/api/v1/namespaces/linkerd-failover/pods/linkerd-failover-7c9-x2x4z%3A9/proxy/api/routes/TrafficSplit/shop/web",
    ]);
    expect(page).toBe(`TrafficSplit/shop/web
  shifted, rule default, primary web
  as seen by the controller linkerd-failover-7c9-x2x4z

web: weight 0 of baseline 100; out for 30s, unknown
  removed because of successRate
  waiting: must be good for another 30s before any traffic returns, longer
    after 1 relapse
  → begins to return when it has been good for another 30s: with 5%, 25%, 50%,
    30s each, then all of its traffic

east: weight 100 of baseline 0; serving for 1m, fit
  readiness: 2 ready
  → gives its traffic back as the backends with baseline weight return
  → is removed at once with no endpoint ready
  → is removed when less than 90% of its requests succeed, beyond doubt for
    10s

last decisions (times of the controller's clock)
  2025-06-01T11:59:30.000Z  failover (successRate), written: web 100 → 0, east
    0 → 100
`);
  });

  it("is printed unchanged as JSON, with its source", async () => {
    lead("pod_1");
    const { page = "" } = await explain(
      withPods(() => ({ ok: true, value: ANSWER })),
      {},
      "json",
    );
    expect(JSON.parse(page)).toEqual({ source: "as seen by the controller pod", ...JSON.parse(JSON.stringify(ANSWER)) });
  });

  it("may answer with something else", async () => {
    lead("pod_1");
    const { exit, page, remarks } = await explain(withPods(() => ({ ok: true, value: { kind: 1 } })));
    expect([exit, page, remarks[0]?.message]).toEqual([1, undefined, "the controller pod sent something that is not a route"]);
  });
});

describe("without a controller", () => {
  it.each([
    ["no Lease", null, "linkerd-failover has no Lease of a controller"],
    ["no leader", "", "the Lease in linkerd-failover has no holder"],
    ["its pod does not answer", "pod_1", "the leader's pod pod in linkerd-failover: 403 Forbidden: no"],
  ])("(%s) it says so, and runs a single tick itself", async (_, holder, why) => {
    if (holder !== null) lead(holder);
    const kube = withPods(() => ({ ok: false, status: 403, reason: "Forbidden", message: "no" }));
    const { exit, page, remarks } = await explain(kube);
    expect(exit).toBe(0);
    expect(remarks.map(({ message }) => message)).toEqual([expect.stringContaining(`no controller answered: ${why}`)]);
    expect(page).toMatch(/^ {2}as seen by this command in a single tick$/m);
    expect(page).toMatch(/^web: weight 100 of baseline 100; out for 0s, unfit\n {2}readiness: 0 ready, at least 1 needed$/m);
    expect(page).toMatch(/^east: weight 0 of baseline 0; standby, fit$/m);
  });

  it("shows what the route itself says to a user who may read no more, and says what is missing", async () => {
    const stop = cluster.double.faults.add({
      fault: { kind: "status", code: 403 },
      matches: ({ path }) => path.endsWith("/endpointslices"),
    });
    const { exit, page, remarks } = await explain(cluster.kube, {});
    stop();
    expect([exit, remarks.length]).toEqual([0, 1]);
    expect(remarks[0]?.message).toMatch(/^neither the controller nor what a tick needs could be read: .*no Lease.*; endpointslices: .*403/);
    expect(page).toMatch(/^ {2}as the route itself says; the health of its backends is unknown$/m);
    expect(page).toMatch(/^web: weight 100 of baseline 100; serving, unknown$/m);
  });

  it("has nothing to explain of a route that is not managed", async () => {
    cluster.double.apply(trafficSplit("web", [100, 0], { labels: {} }));
    const { exit, page, remarks } = await explain(cluster.kube);
    expect([exit, page, remarks[0]?.message]).toEqual([
      1,
      undefined,
      "TrafficSplit/shop/web is not managed: no controller changes its weights",
    ]);
    expect((await explain(cluster.kube, { namespace: "bank" })).exit).toBe(2);
  });
});

describe("at an address", () => {
  it("reads from that controller, and tells an error and an unknown answer from no answer", async () => {
    const server = createServer((request, response) => {
      const known = request.url === "/api/routes/TrafficSplit/shop/web";
      response
        .writeHead(known ? 200 : 404, { "content-type": "application/json" })
        .end(known ? JSON.stringify(ANSWER) : request.url?.endsWith("y") === true ? "<html>" : `{"error":"no\\nroute"}`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await askAddress(address, routePath(WEB))).toMatchObject({ ok: true, by: `the controller at ${address}` });
    expect(await askAddress(address, routePath({ ...WEB, name: "x" }))).toEqual({ ok: false, answered: true, why: "HTTP 404: no route" });
    expect(await askAddress(address, routePath({ ...WEB, name: "y" }))).toEqual({ ok: false, answered: true, why: "HTTP 404" });
    server.closeAllConnections();
    server.close();
    const gone = createServer().listen(0, "127.0.0.1");
    const port = await new Promise<number>((resolve) => gone.once("listening", () => resolve((gone.address() as AddressInfo).port)));
    await new Promise((resolve) => gone.close(resolve));
    const why = expect.stringContaining("ECONNREFUSED");
    expect(await askAddress(`http://127.0.0.1:${port}`, routePath(WEB))).toEqual({ ok: false, answered: false, why });
  });
});

describe("the page", () => {
  const page = (value: unknown, columns = 80) => {
    const view = readRouteView(value);
    if (view === null) throw new Error("it is not a route");
    return renderExplanation(view, { source: "as seen by a test", nowMs: NOW_MS, style: { colours: false, columns } });
  };

  it("shows a brake on the whole route once, and the weights per split", () => {
    const brake = { kind: "brake", text: "held: frozen by its owner" };
    const backend = (name: string, weight: number) => ({ backend: name, weight, baseline: 1, phase: "serving", reasons: [brake] });
    const split = (name: string, weight: number) => ({ name, backends: [backend("a", weight), backend("b", 1)] });
    const text = page({ kind: "HTTPRoute", namespace: "n", name: "x", frozen: true, splits: [split("0", 5), split("api", 7)] });
    expect(text.match(/held: frozen/g)).toHaveLength(1);
    expect(text).toContain("a: weight 5 of baseline 1 in 0, 7 of baseline 1 in api; serving, –");
  });

  it("shows a backend that serves with weight 0 in every split as a standby", () => {
    const backend = (name: string, weight: number, phase = "serving") => ({ backend: name, weight, baseline: 0, phase, verdict: "fit" });
    const split = (name: string, east: number) => ({
      name,
      backends: [backend("web", 1), backend("east", east), backend("west", 0), backend("north", 0, "out")],
    });
    const text = page({ kind: "HTTPRoute", namespace: "n", name: "x", splits: [split("0", 0), split("api", 7)] });
    expect(text).toMatch(/^west: weight 0 of baseline 0 in 0, 0 of baseline 0 in api; standby, fit$/m);
    expect(text).toMatch(/^east: .*; serving, fit$/m);
    expect(text).toMatch(/^north: .*; out, fit$/m);
  });

  it("fits into its columns whatever the names, and contains no control characters", () => {
    const long = `${"x".repeat(300)}\u001b[2J\u202e`;
    const text = page({ ...ANSWER, problems: [{ problem: long, text: "a\nb" }], outlook: { web: [long] }, pinned: long }, 60);
    expect(text.split("\n").filter((line) => [...line].length > 60)).toEqual([]);
    expect(text).not.toMatch(/[\p{Cf}\p{Zl}]/u);
    expect(text).toContain("\\u001b[2J");
  });
});
