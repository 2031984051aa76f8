import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { createObserver, type ObserverOptions } from "../../src/observer/createObserver.ts";
import type { Observer } from "../../src/observer/observer.ts";
import type { PrometheusClient } from "../../src/observer/prometheus.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import type { RouteCodec } from "../../src/routes/route.ts";
import { kubeConfigFor } from "../kube/wire.ts";
import { type ApiDouble, startApiDouble } from "../world/apiDouble.ts";
import { fakeCodec } from "./fakeCodec.ts";

const MANAGED = { "failover.linkerd.io/controlled-by": "linkerd-failover" };
const GENEROUS = { timeout: 30_000, interval: 10 };

let double: ApiDouble;
let controller: AbortController;
let observer: Observer;
let told: string[];
let clockOffsetMs: number;

beforeEach(async () => {
  double = await startApiDouble();
  controller = new AbortController();
  told = [];
  clockOffsetMs = 0;
});

afterEach(async () => {
  controller.abort();
  await double.close();
});

function make(options: Partial<ObserverOptions> = {}): void {
  observer = createObserver({
    kube: createKubeApi(kubeConfigFor(double.url)),
    codecs: [fakeCodec],
    prometheus: null,
    questions: () => ({ requests: [30_000], latency: [], unanswered: [], gateway: false, queries: () => [] }),
    selector: null,
    watchNamespaces: [],
    intervalMs: 5_000,
    onChange: (kind) => told.push(kind),
    onReleased: (route, why) => told.push(`released ${route.namespace}/${route.name} ${why}`),
    clock: { nowMs: () => Date.now() + clockOffsetMs },
    random: () => 0.1,
    ...options,
  });
}

async function begin(options: Partial<ObserverOptions> = {}): Promise<void> {
  make(options);
  await observer.start(controller.signal);
  told.length = 0;
}

function split(name: string, backends: readonly string[], labels: Record<string, string> = MANAGED, namespace = "shop"): void {
  const spec = { service: name, backends: backends.map((service) => ({ service, weight: 1 })) };
  double.apply({ apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", metadata: { namespace, name, labels }, spec });
}

function slice(service: string, ready: number, notReady = 0, namespace = "shop"): void {
  const endpoint = (_: unknown, i: number) => ({ addresses: [`10.0.0.${i}`], conditions: { ready: i < ready } });
  double.apply({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { namespace, name: `${service}-1`, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints: Array.from({ length: ready + notReady }, endpoint),
  });
}

function service(name: string, labels: Record<string, string> = {}, spec: object = {}): void {
  double.apply({ apiVersion: "v1", kind: "Service", metadata: { namespace: "shop", name, labels }, spec });
}

async function seen() {
  const observation = await observer.observe(Date.now() + clockOffsetMs, "fresh");
  return {
    routes: observation.routes.map(({ namespace, name }) => `${namespace}/${name}`),
    endpoints: Object.fromEntries(observation.endpoints),
    metrics: observation.metrics,
    clusters: Object.fromEntries(observation.clusters),
  };
}

describe("an observation", () => {
  it("has the managed routes and the endpoints of their backends from the start", async () => {
    split("web", ["web-blue", "web-east", "web-gone", "web-out"]);
    split("cart", ["cart-blue"], { "app.kubernetes.io/managed-by": "linkerd-failover" });
    split("other", ["other-blue"], {});
    slice("web-blue", 2, 1);
    slice("other-blue", 1);
    service("web-blue");
    service("web-gone");
    service("web-east", { "multicluster.linkerd.io/remote-discovery": "east" });
    service("web-out", {}, { type: "ExternalName", externalName: "example.com" });
    await begin();
    const { routes, endpoints, metrics } = await seen();
    expect(routes.toSorted()).toEqual(["shop/cart", "shop/web"]);
    expect(endpoints).toEqual({
      "shop/web-blue": { state: "counted", ready: 2, notReady: 0, unclear: 1 },
      "shop/web-east": { state: "elsewhere" },
      "shop/web-out": { state: "elsewhere" },
    });
    expect(metrics).toBeNull();
  });

  it("has the clusters of Services in use that are mirrored through a gateway", async () => {
    const mirrored = { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": "east" };
    split("web", ["web-blue", "web-east", "web-flat", "web-gone"]);
    service("web-blue");
    service("web-east", mirrored);
    service("web-flat", { ...mirrored, "multicluster.linkerd.io/remote-discovery": "east" });
    service("unused-east", mirrored);
    await begin();
    expect(await seen()).toMatchObject({ clusters: { "shop/web-east": "east" }, endpoints: { "shop/web-flat": { state: "elsewhere" } } });
    told.length = 0;
    service("web-east", { ...mirrored, "mirror.linkerd.io/cluster-name": "west" });
    service("web-gone", mirrored);
    await expect.poll(async () => (await seen()).clusters, GENEROUS).toEqual({ "shop/web-east": "west", "shop/web-gone": "east" });
    expect(told).toEqual(["endpoints", "endpoints"]);
  });

  it("fills in the cluster of flat mirrors, too, in operators' queries", async () => {
    const asked: string[] = [];
    const answer = { ok: true, partial: null, samples: [] } as const;
    const query = async () => answer;
    const queryAside = async (text: string) => (asked.push(text), answer);
    const prometheus: PrometheusClient = {
      query,
      queryAside,
      up: () => true,
      counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }),
    };
    const mirrored = { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": "west" };
    split("web", ["web-blue", "web-flat"]);
    service("web-flat", { ...mirrored, "multicluster.linkerd.io/remote-discovery": "west" });
    const queries = () => [{ name: "links", query: 'link{cluster="{{cluster}}"}' }];
    await begin({ prometheus, questions: () => ({ requests: [], latency: [], unanswered: [], gateway: true, queries }) });
    expect((await seen()).clusters).toEqual({});
    await expect.poll(() => asked, GENEROUS).toEqual(['link{cluster=""}', 'link{cluster="west"}']);
  });

  it("has no missing endpoints in a namespace that is not watched", async () => {
    split("web", ["web-blue", "web-gone", "web-blue.far"]);
    slice("web-blue", 1);
    slice("web-blue", 1, 0, "far");
    await begin({ watchNamespaces: ["shop"] });
    expect((await seen()).endpoints).toEqual({
      "shop/web-blue": { state: "counted", ready: 1, notReady: 0 },
      "far/web-blue": { state: "elsewhere" },
    });
  });

  it("has at most the allowed number of routes of a namespace, and keeps the oldest", async () => {
    split("first", ["web-blue"]);
    split("calm", ["web-blue"], MANAGED, "bank");
    await begin({ maxRoutesPerNamespace: 1 });
    split("a", ["web-blue"]);
    split("b", ["web-blue"]);
    await expect.poll(() => observer.health().leftOut, GENEROUS).toEqual(new Map([["shop", 2]]));
    expect((await seen()).routes).toHaveLength(2);
    double.remove("/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/b");
    double.remove("/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/a");
    await expect.poll(() => observer.health().leftOut, GENEROUS).toEqual(new Map());
    expect((await seen()).routes.toSorted()).toEqual(["bank/calm", "shop/first"]);
  });

  it("uses the selector instead of both labels", async () => {
    split("web", ["web-blue"]);
    split("cart", ["cart-blue"], { team: "edge" });
    await begin({ selector: { label: "team", value: "edge" } });
    expect((await seen()).routes).toEqual(["shop/cart"]);
  });

  it("is limited to the watched namespaces, if they are named", async () => {
    for (const namespace of ["shop", "bank", "zoo"]) split("web", ["web"], MANAGED, namespace);
    await begin({ watchNamespaces: ["shop", "bank"] });
    expect((await seen()).routes).toEqual(["shop/web", "bank/web"]);
    expect(double.requests.some(({ path }) => path.includes("/zoo/") || path.startsWith("/api/v1/services"))).toBe(false);
    expect(observer.health().resources.map(({ resource }) => resource)).toEqual(["trafficsplits", "endpointslices", "services"]);
  });

  it("has an unreadable route beside the others", async () => {
    const read: typeof fakeCodec.read = (object) =>
      fakeCodec.read((object as { metadata: { name: string } }).metadata.name === "bad" ? { ...(object as object), spec: {} } : object);
    split("bad", ["x"]);
    split("web", ["web-blue"]);
    await begin({ codecs: [{ ...fakeCodec, read }] });
    const { routes } = await observer.observe(Date.now(), "fresh");
    expect(routes.map(({ name, problems }) => [name, problems.length])).toEqual([
      ["bad", 1],
      ["web", 0],
    ]);
  });
});

describe("a change", () => {
  beforeEach(async () => {
    split("web", ["web-blue"]);
    slice("web-blue", 2);
    slice("other", 2);
    await begin();
  });

  it("of endpoints that a managed route uses is reported", async () => {
    slice("web-blue", 1, 1);
    await expect.poll(() => told, GENEROUS).toEqual(["endpoints"]);
    expect((await seen()).endpoints).toEqual({ "shop/web-blue": { state: "counted", ready: 1, notReady: 1 } });
  });

  it("that only repeats what a write has returned is not read again", async () => {
    const read = vi.fn<RouteCodec["read"]>(fakeCodec.read);
    split("cart", ["web-blue"]);
    controller.abort();
    controller = new AbortController();
    await begin({ codecs: [{ ...fakeCodec, read }] });
    const cart = observer.read(0, "all").routes.find(({ name }) => name === "cart")!;
    const object = double.get("/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/cart")!;
    read.mockClear();
    observer.noteWritten(cart, object);
    expect(read).not.toHaveBeenCalled();
    observer.noteWritten(cart, { ...object, metadata: { ...object.metadata, resourceVersion: "1000" } });
    expect(read).toHaveBeenCalledTimes(1);
  });

  it("leaves what was read as it is, until it is read again", async () => {
    split("web", ["web-blue", "web-east"]);
    await expect.poll(() => told, GENEROUS).toEqual(["routes"]);
    const first = observer.read(0, "all");
    slice("web-blue", 1, 1);
    service("web-east", { "multicluster.linkerd.io/remote-discovery": "east" });
    await expect.poll(() => told, GENEROUS).toHaveLength(3);
    expect(first.endpoints.get("shop/web-blue")).toEqual({ state: "counted", ready: 2, notReady: 0 });
    expect(first.endpoints.get("shop/web-east")).toBeUndefined();
    const second = observer.read(0, "all");
    expect(second.endpoints.get("shop/web-blue")).toEqual({ state: "counted", ready: 1, notReady: 1 });
    expect(second.endpoints.get("shop/web-east")).toEqual({ state: "elsewhere" });
  });

  it("that concerns no managed route is not reported", async () => {
    slice("other", 1);
    split("stranger", ["other"], {});
    double.apply({ ...double.get("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/web-blue-1")!, ports: [{ port: 80 }] });
    slice("web-blue", 1);
    await expect.poll(() => told, GENEROUS).toEqual(["endpoints"]);
  });

  it("of a Service whose endpoints are elsewhere from now on is reported", async () => {
    split("web", ["web-blue", "web-east"]);
    await expect.poll(() => told, GENEROUS).toEqual(["routes"]);
    service("web-east", { "multicluster.linkerd.io/remote-discovery": "east" });
    await expect.poll(() => told, GENEROUS).toEqual(["routes", "endpoints"]);
  });

  it("that deletes or unlabels a route is reported, and its backends are dropped", async () => {
    split("web", ["web-blue"], {});
    await expect.poll(() => told, GENEROUS).toEqual(["released shop/web unlabelled", "routes"]);
    expect(await seen()).toMatchObject({ routes: [], endpoints: {} });
    split("cart", ["cart-blue"]);
    double.remove("/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/cart");
    await expect.poll(() => told.slice(2), GENEROUS).toEqual(["routes", "released shop/cart deleted", "routes"]);
  });

  it("of only the resourceVersion is not reported, but the observation has the new version", async () => {
    const path = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web";
    double.apply({ ...double.get(path)!, status: { note: "x" } });
    const version = double.get(path)!.metadata.resourceVersion;
    await expect.poll(async () => (await observer.observe(0, "last")).routes[0]?.resourceVersion, GENEROUS).toBe(version);
    expect(told).toEqual([]);
  });
});

describe("a bad API server", () => {
  it("that is away at the start is waited for", async () => {
    await double.faults.refuseConnections();
    make();
    const started = observer.start(controller.signal).then(() => told.push("started"));
    await sleep(50);
    expect(observer.health().resources.every(({ synced, lastEventMs }) => !synced && lastEventMs === null)).toBe(true);
    split("web", ["web-blue"]);
    await double.faults.acceptConnections();
    await started;
    expect((await seen()).routes).toEqual(["shop/web"]);
  });

  it("whose watches are cut, expire or fail is still followed", async () => {
    split("web", ["web-blue"]);
    await begin();
    const faults = [
      () => double.faults.cutWatches(),
      () => double.faults.failWatches(410),
      () => double.faults.failWatches(500),
      () => {
        double.faults.compact();
        double.faults.cutWatches();
      },
      () => {
        double.faults.add({ fault: { kind: "html" }, times: 3 });
        double.faults.cutWatches();
      },
      () => {
        double.faults.add({ fault: { kind: "drop" }, times: 3 });
        double.faults.cutWatches();
      },
    ];
    for (const [i, fault] of faults.entries()) {
      await expect.poll(() => double.openWatches(), GENEROUS).toBe(3);
      fault();
      slice("web-blue", i + 1);
      await expect.poll(async () => (await seen()).endpoints["shop/web-blue"], GENEROUS).toMatchObject({ ready: i + 1 });
    }
    expect(Math.min(...observer.health().resources.map(({ restarts }) => restarts))).toBeGreaterThanOrEqual(faults.length);
  });

  it("that is silent for a minute makes all endpoints stale", async () => {
    split("web", ["web-blue", "web-none"]);
    slice("web-blue", 2);
    await begin();
    double.faults.silenceWatches();
    clockOffsetMs = 60_500;
    expect((await seen()).endpoints).toEqual({ "shop/web-blue": { state: "stale" }, "shop/web-none": { state: "stale" } });
    expect(observer.health().resources.every(({ trusted }) => !trusted)).toBe(true);
  });

  it("without the CRD is no problem", async () => {
    double.removeResource("split.smi-spec.io", "trafficsplits");
    await begin();
    expect(observer.health().resources[0]).toMatchObject({ resource: "trafficsplits", synced: true, absent: true });
    expect((await seen()).routes).toEqual([]);
  });

  it("that forbids a kind of route does not affect the other kinds", async () => {
    double.faults.add({ fault: { kind: "status", code: 403 }, matches: ({ path }) => path.includes("/httproutes") });
    const [httpRoutes] = CODECS.filter(({ kind }) => kind === "HTTPRoute");
    split("web", ["web-blue"]);
    make({ codecs: [fakeCodec, httpRoutes!] });
    await observer.start(controller.signal);
    expect((await seen()).routes).toEqual(["shop/web"]);
    expect(observer.health().resources.find(({ resource }) => resource === "httproutes")).toMatchObject({ synced: false, absent: false });
  });

  it("whose Services can no longer be read makes endpoints stale that may be elsewhere", async () => {
    split("web", ["web-blue", "web-none"]);
    slice("web-blue", 2);
    await begin();
    await expect.poll(() => double.openWatches(), GENEROUS).toBe(3);
    double.faults.add({ fault: { kind: "status", code: 403 }, matches: ({ path }) => path.startsWith("/api/v1/services") });
    clockOffsetMs = 60_500;
    double.faults.cutWatches();
    await expect
      .poll(async () => (await seen()).endpoints, GENEROUS)
      .toEqual({
        "shop/web-blue": { state: "counted", ready: 2, notReady: 0 },
        "shop/web-none": { state: "stale" },
      });
  });

  it("whose Services were never read makes all endpoints stale, because they may be those of a gateway", async () => {
    split("web", ["web-blue", "web-none"]);
    slice("web-blue", 2);
    double.faults.add({ fault: { kind: "status", code: 403 }, matches: ({ path }) => path.startsWith("/api/v1/services") });
    make();
    void observer.start(controller.signal);
    await expect.poll(() => observer.health().resources.map(({ synced }) => synced), GENEROUS).toEqual([true, true, false]);
    expect((await seen()).endpoints).toEqual({ "shop/web-blue": { state: "stale" }, "shop/web-none": { state: "stale" } });
  });
});

describe("a namespace that is lost", () => {
  const SHOP_IS_COUNTED = { "shop/web": { state: "counted", ready: 1, notReady: 0 } };

  beforeEach(() => {
    split("web", ["web", "web-pay.bank"]);
    split("pay", ["web-pay"], MANAGED, "bank");
    slice("web", 1);
    slice("web-pay", 1, 0, "bank");
  });

  function lose(namespace: string): void {
    double.faults.add({ fault: { kind: "status", code: 403 }, matches: ({ path }) => path.includes(`/namespaces/${namespace}/`) });
  }

  it.each([{ lost: ["bank"] }, { lost: ["bank", "zoo"] }])("does not keep the others from starting for long", async ({ lost }) => {
    for (const namespace of lost) lose(namespace);
    make({ watchNamespaces: ["shop", ...lost] });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const started = observer.start(controller.signal).then(() => told.push("started"));
    const listed = () => double.requests.filter(({ path }) => path.includes("/namespaces/shop/")).length;
    while (listed() < 6) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(told).not.toContain("started");
    await vi.advanceTimersByTimeAsync(200);
    await started;
    vi.useRealTimers();
    const { routes, endpoints } = await seen();
    expect(routes).toContain("shop/web");
    expect(endpoints).toMatchObject({ ...SHOP_IS_COUNTED, "bank/web-pay": { state: "stale" } });
    const slices = observer.health().resources.find(({ resource }) => resource === "endpointslices");
    expect(slices).toMatchObject({ synced: false, trusted: false, trouble: expect.stringMatching(/^namespace bank: /) });
    expect(slices?.lastEventMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it("is not started without, if no other namespace can be listed", async () => {
    for (const namespace of ["shop", "bank"]) lose(namespace);
    make({ watchNamespaces: ["shop", "bank"] });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    void observer.start(controller.signal).then(() => told.push("started"));
    while (double.requests.length < 6) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(120_000);
    vi.useRealTimers();
    expect(told).toEqual([]);
    expect(observer.health().resources.every(({ lastEventMs }) => lastEventMs === null)).toBe(true);
  });

  it("is observed as soon as it can be listed", async () => {
    lose("bank");
    make({ watchNamespaces: ["shop", "bank"] });
    const started = observer.start(controller.signal);
    await expect.poll(async () => (await seen()).endpoints, GENEROUS).toMatchObject(SHOP_IS_COUNTED);
    double.faults.clear();
    await started;
    // On a busy machine the start may end before it: it waits for a lost namespace for some seconds only.
    await expect.poll(async () => (await seen()).routes.toSorted(), GENEROUS).toEqual(["bank/pay", "shop/web"]);
    await expect.poll(async () => (await seen()).endpoints, GENEROUS).toMatchObject({ "bank/web-pay": { state: "counted", ready: 1 } });
  });

  it("while it was watched makes only its own endpoints stale", async () => {
    await begin({ watchNamespaces: ["shop", "bank"] });
    await expect.poll(() => double.openWatches(), GENEROUS).toBe(6);
    clockOffsetMs = 60_500;
    lose("bank");
    double.faults.cutWatches();
    await expect.poll(async () => (await seen()).endpoints, GENEROUS).toEqual({ ...SHOP_IS_COUNTED, "bank/web-pay": { state: "stale" } });
    expect((await seen()).routes.toSorted()).toEqual(["bank/pay", "shop/web"]);
  });
});

it("pages through many objects", async () => {
  for (let i = 0; i < 1_200; i += 1) split(`web-${i}`, [`web-${i}`]);
  await begin({ maxRoutesPerNamespace: 1_200 });
  expect((await seen()).routes).toHaveLength(1_200);
});

it("has the answers of Prometheus, or that it does not answer", async () => {
  split("web", ["web-blue"]);
  const query = vi.fn<PrometheusClient["query"]>(async () => ({ ok: false, outcome: "timeout", why: "late" }));
  const prometheus: PrometheusClient = {
    ...{ query, queryAside: query, up: () => false },
    counts: () => ({ success: 0, partial: 0, error: 0, timeout: 2 }),
  };
  await begin({ prometheus });
  expect((await seen()).metrics?.requests).toEqual(new Map([[30_000, { state: "failed", error: "late" }]]));
  // The proxies' start, the label of leaves, who is steady, the server's time, the leaves, the apexes, and what was sent.
  expect(query).toHaveBeenCalledTimes(7);
  expect(observer.health()).toMatchObject({ prometheusUp: false, queries: { timeout: 2 } });
});

it("ends when the signal aborts: no watch stays open, and start resolves even before the first list", async () => {
  await begin();
  controller.abort();
  await expect.poll(() => double.openWatches(), GENEROUS).toBe(0);
  await double.faults.refuseConnections();
  make();
  const other = new AbortController();
  const started = observer.start(other.signal);
  other.abort();
  await started;
});
