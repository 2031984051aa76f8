import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspect } from "../../../../src/cli/commands/check/inspect.ts";
import type { LinkerdFlags } from "../../../../src/cli/commands/check/linkerdFlags.ts";
import { openWire } from "../../../kube/wire.ts";
import { type FakeCluster, FORBIDDEN, fakeCluster, LINKERD, trafficSplit } from "./fakeCluster.ts";
import { type FakePrometheus, fakePrometheus } from "./fakePrometheus.ts";

const SPLITS = "split.smi-spec.io/v1alpha2/trafficsplits";
const ONE_SPLIT: FakeCluster = { resources: { [SPLITS]: [trafficSplit("web")] } };
const HEALTHY: FakePrometheus = {
  metrics: ["response_total", "route_response_total"],
  leaves: ["shop/web"],
  scrapeMs: 10_000,
  proxies: { "2.359.0": 3 },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Setup {
  readonly cluster?: FakeCluster;
  readonly prometheus?: FakePrometheus | null;
  readonly fast?: FakePrometheus;
  readonly rules?: string;
  readonly namespaces?: readonly string[];
  readonly maxRoutesPerNamespace?: number;
  readonly flags?: LinkerdFlags;
}

/** The report with one line per check: its result, its text, and after a bar what is wrong. */
async function inspected({
  cluster = ONE_SPLIT,
  prometheus = HEALTHY,
  fast,
  rules,
  namespaces = [],
  maxRoutesPerNamespace = 10,
  flags = {},
}: Setup) {
  const rulesFile = rules === undefined ? undefined : join(folder, "rules.yaml");
  if (rulesFile !== undefined) writeFileSync(rulesFile, rules ?? "");
  const { kube, asked } = fakeCluster(cluster);
  const { report, unreachable } = await inspect({
    ...{ kube, rulesFile, selector: null, namespaces, controllerNamespace: "linkerd-failover", maxRoutesPerNamespace },
    prometheus: prometheus === null ? null : fakePrometheus(prometheus),
    ...(fast !== undefined && { fastPrometheus: fakePrometheus(fast), missing: null }),
    flags,
  });
  const lines = report.categories.flatMap(({ categoryName, checks }) =>
    checks.map(({ description, result, error }) => `${categoryName} ${result}: ${description}${error === undefined ? "" : ` | ${error}`}`),
  );
  return { lines, bad: lines.filter((line) => !/^[\w-]+ success/.test(line)), report, unreachable, asked };
}

const rule = (signals: string) => `version: 1\nrules:\n- name: own\n  signals: ${signals}\n`;

it("lists what it found if all is well", async () => {
  const { lines, report, unreachable } = await inspected({});
  expect([report.success, unreachable]).toEqual([true, false]);
  expect(lines).toEqual([
    "kubernetes success: the API server answers: Kubernetes v1.36.3",
    "kubernetes success: TrafficSplits are served at split.smi-spec.io/v1alpha2",
    "kubernetes success: HTTPRoutes are not installed: skipped; the controller checks again every minute",
    "kubernetes success: HTTPRoutes.policy.linkerd.io are not installed: skipped; the controller checks again every minute",
    "kubernetes success: GRPCRoutes are not installed: skipped; the controller checks again every minute",
    "kubernetes success: 1 route managed: 1 TrafficSplit",
    "kubernetes success: this user has all permissions that the controller needs",
    "rules success: no --rules: these checks use the built-in rule",
    'rules success: rule "default" judges TrafficSplit/shop/web',
    "prometheus success: Prometheus answers at http://prometheus:9090",
    "prometheus success: Linkerd's proxies are scraped: 1 series of requests",
    "prometheus success: requests are counted by TrafficSplit",
    "prometheus success: series have the labels and buckets that are needed, once",
    "prometheus success: requests to all backends with weight are counted: 1 route",
    "prometheus success: proxies are scraped every 10s: often enough for the windows of all rules",
    "linkerd success: Linkerd's control plane is in linkerd",
    "linkerd success: linkerd-viz is in linkerd-viz",
    "linkerd success: 3 proxies are of version 2.359.0: Linkerd 2.20, or edge releases from version-2.20 on",
  ]);
});

describe("kubernetes", () => {
  it("cannot be reached: the rest is checked all the same", async () => {
    const away = { status: null, reason: "Unreachable", message: "connect ECONNREFUSED" };
    const { bad, unreachable, lines } = await inspected({ cluster: { away } });
    expect(bad).toEqual(["kubernetes error: the API server answers | Unreachable: connect ECONNREFUSED"]);
    expect(unreachable).toBe(true);
    expect(lines.some((line) => line.startsWith("prometheus success"))).toBe(true);
  });

  it("rejects the credentials: it was reached", async () => {
    const { bad, unreachable, report } = await inspected({ cluster: { away: { status: 401, reason: "Unauthorized", message: "no" } } });
    expect(bad).toHaveLength(1);
    expect([unreachable, report.success]).toEqual([false, false]);
  });

  it("has no kind of route at all", async () => {
    const { bad } = await inspected({ cluster: {} });
    expect(bad[0]).toBe("kubernetes warning: a kind of route is served | the cluster serves none, so there is nothing to manage");
  });

  it("has no managed routes", async () => {
    const { bad } = await inspected({ cluster: { resources: { [SPLITS]: [trafficSplit("web", { labels: {} })] } } });
    expect(bad).toEqual(["kubernetes warning: routes are managed | no route carries the label"]);
  });

  it("reads every page, only in the given namespaces, and reports the problems of a route", async () => {
    const splits = ["a", "b", "c"].map((name) => trafficSplit(name, { weights: name === "c" ? [0, 0] : [1, 0] }));
    const resources = { [SPLITS]: [...splits, trafficSplit("d", { namespace: "other" })] };
    const { lines, asked } = await inspected({ cluster: { resources }, prometheus: null, namespaces: ["shop"] });
    expect(lines).toContain("kubernetes success: 3 routes managed: 3 TrafficSplits");
    expect(lines.some((line) => line.includes("TrafficSplit/shop/c has no problems | no-weights:"))).toBe(true);
    expect(asked).not.toContain(`/apis/${SPLITS}`);
  });

  it("names each verb and resource that is denied, and a kind that cannot be listed", async () => {
    const denied = ["list trafficsplits", "patch trafficsplits", "watch services", "create events", "update leases"];
    const { bad } = await inspected({ cluster: { resources: { [SPLITS]: FORBIDDEN }, denied }, prometheus: null });
    expect(bad.filter((line) => line.startsWith("kubernetes"))).toEqual([
      "kubernetes error: TrafficSplits can be listed | Forbidden: no",
      "kubernetes error: may list, watch, patch trafficsplits.split.smi-spec.io | this user may not list, patch trafficsplits.split.smi-spec.io",
      "kubernetes error: may list, watch services | this user may not watch services",
      "kubernetes warning: may create events.events.k8s.io | this user may not create events.events.k8s.io: shifts are not reported as Events",
      "kubernetes error: may get, update leases.coordination.k8s.io named linkerd-failover in linkerd-failover | this user may not update leases.coordination.k8s.io named linkerd-failover in linkerd-failover",
    ]);
  });
});

describe("rules", () => {
  it("are invalid: shown with carets, and what depends on them is not checked", async () => {
    const { bad, report, lines } = await inspected({ rules: "version: 1\nrules:\n- name: a\n  failAfter: 5\n" });
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatch(/^rules error: .*rules\.yaml is valid \| .*:4:14: failAfter is 5, but must be a duration\n.*\n +\| +\^\n/);
    expect(report.success).toBe(false);
    expect(lines.some((line) => line.includes("scraped every"))).toBe(false);
    expect(lines).toContain("prometheus success: requests to all backends with weight are counted: 1 route");
  });

  it("do not judge a route that they do not match", async () => {
    const { bad } = await inspected({ rules: "version: 1\nrules:\n- name: a\n  match: {namespaces: [bank]}\n" });
    expect(bad).toEqual([
      "rules warning: a rule judges TrafficSplit/shop/web | no-rule: No rule applies to this route, so it is left alone.",
    ]);
  });
});

describe("prometheus", () => {
  it("is not configured", async () => {
    const { bad, report } = await inspected({ prometheus: null });
    expect(bad).toEqual([
      "prometheus warning: a Prometheus is found | there is no linkerd-viz, and without a Prometheus metric signals are off: readiness alone decides",
    ]);
    expect(report.success).toBe(true);
  });

  it.each([
    ["HTTP 403: Forbidden", false, "AuthorizationPolicy"],
    ["HTTP 401: Unauthorized", false, "--prometheus-bearer-token-file"],
    ["HTTP 401: no org id", false, "--prometheus-header"],
    ["self-signed certificate in certificate chain", true, "--prometheus-ca-file"],
    ["connect ECONNREFUSED 127.0.0.1:1", true, "can it be reached from here"],
    ["no whole answer within 10000 ms", true, "can it be reached from here"],
  ])("does not answer: %s", async (why, away, hint) => {
    const { bad, report, unreachable } = await inspected({ prometheus: { why } });
    expect(bad).toEqual([`prometheus error: Prometheus answers at http://prometheus:9090 | ${why}`]);
    const { checks = [] } = report.categories.find(({ categoryName }) => categoryName === "prometheus") ?? {};
    expect(checks[0]?.hint).toContain(hint);
    expect([report.success, unreachable]).toEqual([false, away]);
  });

  it("answers in part", async () => {
    const { bad } = await inspected({ prometheus: { partial: "store away" } });
    expect(bad[0]).toBe("prometheus warning: Prometheus answers at http://prometheus:9090 | in part: store away");
  });

  it("does not scrape Linkerd's proxies", async () => {
    const { bad } = await inspected({ prometheus: {} });
    expect(bad).toEqual(["prometheus error: Linkerd's proxies are scraped | there are no series of response_total"]);
  });

  it("has no series of a backend that has weight", async () => {
    const cluster = { resources: { [SPLITS]: [trafficSplit("web", { weights: [50, 50] })] } };
    const { bad } = await inspected({ cluster });
    expect(bad).toEqual([
      "prometheus warning: requests of TrafficSplit/shop/web are counted | no client's proxy counts requests to web-east: only readiness is known",
    ]);
  });

  it("lacks what signals need", async () => {
    const latency = "{under: 1s, failBelow: 90%, recoverAbove: 95%}";
    const prometheus = { ...HEALTHY, metrics: ["response_total"] };
    const { bad } = await inspected({ prometheus, rules: rule(`{latency: ${latency}, unanswered: {failAbove: 90%, recoverBelow: 50%}}`) });
    expect(bad.map((line) => line.split(" | ")[0])).toEqual([
      "prometheus warning: requests are counted by TrafficSplit",
      "prometheus warning: response times are counted",
      "prometheus warning: requests are counted when they start",
    ]);
  });

  it("names the labels that series lack, and what still works", async () => {
    const { bad } = await inspected({ prometheus: { ...HEALTHY, lacking: { response_total: "authority" } } });
    expect(bad).toEqual([
      "prometheus warning: series have the labels and buckets that are needed, once | series of response_total lack authority: " +
        "a mirror without a gateway and a federated Service cannot be told from other backends of their route, whose readings are missing; other Services are found by dst_service",
    ]);
  });

  it("names the label by which one store holds several clusters, with the setting that restricts queries to one", async () => {
    const several = ["west", "east"].map((cluster) => ({ cluster }));
    const { bad, report } = await inspected({ prometheus: { ...HEALTHY, several } });
    expect(bad).toEqual([
      "prometheus warning: series have the labels and buckets that are needed, once | a Service is counted under several values of cluster: east, west: " +
        "if they are clusters, another cluster's Service of the same name counts as this one's",
    ]);
    const { checks = [] } = report.categories.find(({ categoryName }) => categoryName === "prometheus") ?? {};
    expect(checks.flatMap(({ hint }) => hint ?? [])[0]).toContain(`--prometheus-selector 'cluster="east"'`);
  });

  it("keeps the families of routes and drops response_total: the proxies are scraped", async () => {
    const { bad } = await inspected({ prometheus: { ...HEALTHY, metrics: ["route_response_total"] } });
    expect(bad).toEqual([
      "prometheus warning: requests are counted by Service | no series of response_total: TrafficSplits, gRPC in HTTPRoutes and the signal unanswered have no readings; other routes are judged by their own families",
    ]);
  });

  it("scrapes too rarely for a window", async () => {
    const { bad } = await inspected({ prometheus: { ...HEALTHY, scrapeMs: 30_000 } });
    expect(bad).toEqual([
      'prometheus warning: the window of successRate in rule "default" holds three scrapes | 30s is too short for a scrape every 30s: its counts are too low, or zero',
    ]);
  });

  it("lacks a metric of an own query", async () => {
    const query = `max(queue_depth{service="{{service}}"}) / max(queue_limit)`;
    const prometheus = { ...HEALTHY, metrics: ["response_total", "route_response_total", "queue_limit"] };
    const { bad } = await inspected({
      prometheus,
      rules: rule(`{queries: [{name: queue, query: '${query}', failAbove: 2, recoverBelow: 1}]}`),
    });
    expect(bad).toEqual([
      'prometheus warning: the metrics of query "queue" in rule "own" exist | Prometheus has no series of queue_depth: the query has no result',
    ]);
  });

  it("sees the gateways of some clusters and not of others", async () => {
    const mirror = (name: string, cluster: string) => ({
      metadata: {
        name,
        namespace: "shop",
        labels: { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": cluster },
      },
    });
    const resources = {
      [SPLITS]: [trafficSplit("web"), trafficSplit("api")],
      "v1/services": [...LINKERD, mirror("web-east", "east"), mirror("api-east", "west"), mirror("x", "unused")],
    };
    const { bad, lines } = await inspected({
      cluster: { resources },
      prometheus: { ...HEALTHY, leaves: ["shop/web", "shop/api"], gateways: { east: false } },
    });
    expect(lines).toContain("prometheus success: the gateway of cluster east has series: dead");
    expect(bad.map((line) => line.split(" | ")[0])).toEqual(["prometheus warning: the gateway of cluster west has series"]);
  });
});

it("lists what later versions add to an old Linkerd, and nothing for an unknown build", async () => {
  const { lines } = await inspected({ prometheus: { ...HEALTHY, proxies: { "2.245.1": 1, "0.0.0-dev": 2 } } });
  expect(lines.filter((line) => line.startsWith("linkerd")).slice(2)).toEqual([
    "linkerd success: 2 proxies are of version 0.0.0-dev, which is not a known release",
    "linkerd success: 1 proxy is of version 2.245.1: Linkerd 2.15, or edge releases from edge-24.2.4 on",
    "linkerd success: Linkerd 2.16 adds: detection of dead pods behind ready endpoints, for HTTPRoutes and GRPCRoutes",
    "linkerd success: Linkerd 2.20 adds: the gateway signal with linkerd-viz's Prometheus",
  ]);
});

it("warns of proxies too old to count by HTTPRoute, even where newer ones do", async () => {
  const metadata = {
    ...{ name: "api", namespace: "shop", uid: "api", resourceVersion: "1" },
    labels: { "app.kubernetes.io/managed-by": "linkerd-failover" },
  };
  const rules = [{ backendRefs: ["web", "web-east"].map((name) => ({ name, port: 80, weight: name === "web" ? 1 : 0 })) }];
  const route = { metadata, spec: { parentRefs: [{ group: "", kind: "Service", name: "web" }], rules } };
  const cluster = { resources: { "gateway.networking.k8s.io/v1/httproutes": [route] } };
  const metrics = ["response_total", "outbound_http_route_request_statuses_total", "outbound_http_route_backend_response_statuses_total"];
  const { bad, lines } = await inspected({ cluster, prometheus: { ...HEALTHY, metrics, proxies: { "2.245.1": 1, "2.359.0": 9 } } });
  expect(lines).toContain("kubernetes success: 1 route managed: 1 HTTPRoute");
  expect(bad.filter((line) => !line.includes("not-accepted"))).toEqual([
    "linkerd warning: all proxies count requests by HTTPRoute and GRPCRoute | proxies of version 2.245.1 do not: their requests that reach no endpoint are not counted",
  ]);
});

it("names a namespace with more routes than the limit, and judges those within it", async () => {
  const splits = ["c", "b", "a"].map((name, i) => trafficSplit(name, { createdAt: `2026-01-01T00:00:0${i}Z` }));
  const resources = { [SPLITS]: [...splits, trafficSplit("d", { namespace: "bank" })] };
  const { bad, lines } = await inspected({ cluster: { resources }, prometheus: null, maxRoutesPerNamespace: 1 });
  expect(bad.filter((line) => line.startsWith("kubernetes"))).toEqual([
    "kubernetes warning: all labelled routes of shop are managed | 2 routes over the limit: the newest are left alone",
  ]);
  expect(lines).toContain("kubernetes success: 2 routes managed: 2 TrafficSplits");
  expect(lines.filter((line) => line.includes("judges")).join()).toContain("TrafficSplit/shop/c");
});

it("reports that Linkerd is missing, or that it may not be checked", async () => {
  const resources = { ...ONE_SPLIT.resources, "v1/services": [] };
  const { lines, report } = await inspected({ cluster: { resources } });
  expect(lines.filter((line) => line.startsWith("linkerd")).slice(0, 2)).toEqual([
    "linkerd warning: Linkerd's control plane is found | the cluster has no Service of its control plane: without Linkerd no client follows the weights",
    "linkerd success: linkerd-viz is not installed: another Prometheus must scrape the proxies",
  ]);
  expect(report.success).toBe(true);
  const hidden = await inspected({ cluster: { resources: { ...resources, "v1/services": FORBIDDEN } }, prometheus: null });
  expect(hidden.lines.filter((line) => line.startsWith("linkerd"))).toEqual([
    "linkerd success: Linkerd was not checked: this user may not list the Services of all namespaces",
  ]);
});

it("names the GitOps controllers that apply managed routes", async () => {
  const managedFields = [{ manager: "argocd-controller", fieldsV1: { "f:spec": {} } }];
  const applied = (name: string) => {
    const split = trafficSplit(name) as { metadata: object };
    return { ...split, metadata: { ...split.metadata, managedFields } };
  };
  const { lines, bad } = await inspected({
    cluster: { resources: { [SPLITS]: [applied("a"), trafficSplit("b"), applied("c")] } },
    prometheus: null,
  });
  expect(lines.filter((line) => line.includes("Argo CD"))).toEqual([
    "kubernetes success: Argo CD applies TrafficSplit/shop/a, TrafficSplit/shop/c: make it ignore the weights (docs/gitops.md), or it resets them during a failover",
  ]);
  expect(bad).toHaveLength(1);
});

it.each<[LinkerdFlags, readonly string[]]>([
  [{}, []],
  [{ linkerdNamespace: "linkerd", apiAddr: "" }, []],
  [{ linkerdNamespace: "l5d" }, ["linkerd warning: Linkerd's control plane is in l5d | it is in linkerd"]],
  [
    { apiAddr: "127.0.0.1:8085" },
    ["linkerd warning: all settings have an effect | check asks no control plane: --api-addr 127.0.0.1:8085 has no effect"],
  ],
])("follows linkerd check's flags %j, or says that it does not", async (flags, bad) => {
  expect((await inspected({ flags })).bad).toEqual(bad);
});

it("takes at most --wait for the cluster, and then says so", async () => {
  await using wire = await openWire(() => {});
  const scope = { selector: null, namespaces: [], controllerNamespace: "linkerd-failover", maxRoutesPerNamespace: 10 };
  const { report, unreachable } = await inspect({
    ...scope,
    kube: wire.api,
    prometheus: null,
    rulesFile: undefined,
    until: AbortSignal.timeout(100),
  });
  expect(unreachable).toBe(true);
  expect(report.categories[0]?.checks[0]?.error).toBe("TimeLimit: GET /version: the time for all requests is over");
});

it("asks for a login if the kubeconfig's credential plugin fails", async () => {
  const message = "the credential plugin aws failed (exit code 255): the session is over";
  const { report, unreachable } = await inspected({ cluster: { away: { status: null, reason: "NoCredentials", message } } });
  expect(unreachable).toBe(true);
  expect(report.categories[0]?.checks).toEqual([
    {
      description: "the API server answers",
      result: "error",
      error: `NoCredentials: ${message}`,
      hint: "the kubeconfig's credentials cannot be read or renewed: log in, for example with `kubectl get ns`",
    },
  ]);
});

describe("with a fast lane", () => {
  const FAST: FakePrometheus = { ...HEALTHY, scrapeMs: 2_000 };

  it("each window is held against the scrapes of the Prometheus that answers", async () => {
    const rules = rule("{successRate: {window: 6s}, latency: {window: 10s, prometheus: main}}");
    const main = { ...HEALTHY, metrics: [...(HEALTHY.metrics ?? []), "response_latency_ms_bucket"] };
    const { bad, report } = await inspected({ prometheus: main, fast: FAST, rules });
    expect(bad).toEqual([
      'prometheus warning: the window of latency in rule "own" holds three scrapes | 10s is too short for a scrape every 10s: its counts are too low, or zero',
    ]);
    expect(report.categories.map(({ categoryName }) => categoryName)).toContain("fast-prometheus");
  });

  it("the main one needs no proxies if it is asked nothing about them", async () => {
    const { bad } = await inspected({ prometheus: {}, fast: FAST, rules: rule("{successRate: {window: 6s}}") });
    expect(bad).toEqual([]);
  });

  it("one that is down is told from the other one", async () => {
    const { bad, unreachable } = await inspected({ fast: { why: "fetch failed" }, rules: rule("{successRate: {}}") });
    expect(bad.filter((line) => !line.startsWith("linkerd"))).toEqual([
      "fast-prometheus error: Prometheus answers at http://prometheus:9090 | fetch failed",
    ]);
    expect(unreachable).toBe(true);
  });
});
