import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Rendered, render } from "../charts/helm.ts";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { applyGatewayApi, collectionPath } from "./harness/applyManifest.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";
import { Mesh } from "./mesh.ts";

const ROUTES = ["one", "two", "three", "four", "five"];
/** Its success rate is asked of the main Prometheus, which scrapes its clients alone; a query of its own of the fast one. */
const BOTH = "six";
/** Its outage begins while the main Prometheus hangs. */
const LAST = "seven";
const PER_SECOND = 20;
/** The fast rule of docs/fast-lane.md. All routes may leave at once, because each is an outage of its own. */
const RULES = `version: 1
rules:
  - name: both
    match: {labels: {asks: both}}
    signals:
      successRate: {failBelow: 90%, recoverAbove: 98%, window: 10s, minRequests: 20, prometheus: main}
      queries: [{name: targets, query: count(up), failAbove: 100, recoverBelow: 50, prometheus: fast}]
    failAfter: 2s
  - name: fast
    signals:
      successRate: {failBelow: 90%, recoverAbove: 98%, window: 6s, minRequests: 20}
    failAfter: 2s
brakes: {maxShifted: {share: 100%, atLeast: 7, within: 1m}}
`;
const WARM_UP_MS = 10_000;
/** Between two outages, so that they fall on different moments between scrapes. */
const APART_MS = 700;
/** A rule that is this fast promises seven seconds; the rest is for a shared, slow machine. */
const SHIFT_LIMIT_MS = 20_000;

const tools = realToolsWithCrds("kube-apiserver", "etcd", "prometheus", "helm");

interface ScrapeConfig {
  kubernetes_sd_configs: { kubeconfig_file?: string }[];
}

describe.skipIf(tools.absent)(`${tools.title("the chart's fast lane, on real servers")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];
  const meshes = new Map<string, Mesh>();
  let prometheusUrl = "";
  let main: PrometheusServer;
  let replica: Replica;

  const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
  const create = async (path: string, object: object) => {
    const { status, body } = await world.admin("POST", path, object);
    if (status !== 201 && status !== 409) throw new Error(JSON.stringify(body));
  };
  const weights = async (name: string): Promise<string> => {
    const { body } = await world.admin("GET", `${routes}/${name}`);
    return (body.spec.rules[0].backendRefs as { weight: number }[]).map(({ weight }) => String(weight)).join("/");
  };

  /** A managed HTTPRoute over NAME and NAME-east, and the pod whose proxy counts its clients' requests. */
  const route = async (name: string, labels: object = {}) => {
    for (const service of [name, `${name}-east`]) await world.service(service);
    const backendRefs = [name, `${name}-east`].map((service, i) => ({ name: service, port: 80, weight: i === 0 ? 100 : 0 }));
    const spec = { parentRefs: [{ group: "", kind: "Service", name, port: 80 }], rules: [{ backendRefs }] };
    const metadata = { name, labels: { ...world.stage.managed, ...labels } };
    await create(routes, { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata, spec });
    const mesh = await Mesh.ofHttpRoute(world, `${routes}/${name}`, name, "since 2.16", PER_SECOND);
    meshes.set(name, mesh);
    toStop.push(() => mesh.stop());
    await clientPod(name, mesh.target);
  };

  /** Begins an outage; how long it took until all weight had moved. */
  const outage = async (name: string): Promise<number> => {
    meshes.get(name)?.good.set(name, 0);
    const fromMs = performance.now();
    await until(
      `${name} at 0/100`,
      () => weights(name),
      (seen) => seen === "0/100",
      SHIFT_LIMIT_MS,
    );
    return performance.now() - fromMs;
  };

  const clientPod = async (name: string, target: string) => {
    const [host, port] = target.split(":");
    const ports = [{ name: "linkerd-admin", containerPort: Number(port) }];
    const spec = { automountServiceAccountToken: false, containers: [{ name: "linkerd-proxy", image: "proxy", ports }] };
    await create("/api/v1/namespaces/shop/pods", { apiVersion: "v1", kind: "Pod", metadata: { name: `client-${name}` }, spec });
    const status = { phase: "Running", podIP: host, podIPs: [{ ip: host }] };
    await world.admin("PATCH", `/api/v1/namespaces/shop/pods/client-${name}/status`, { status }, "application/merge-patch+json");
  };

  /** The Prometheus of the chart, with its configuration and with no other rights than its ServiceAccount's. */
  const fastLane = async () => {
    const objects = await render(["--set", "fastLane.enabled=true"]);
    const account = "linkerd-failover-fast-lane";
    const own = objects.filter(({ metadata }) => metadata.name.endsWith("fast-lane"));
    for (const object of own.filter(({ kind }) => kind === "ServiceAccount" || kind.startsWith("ClusterRole")))
      await create(await pathOf(object), object);
    const token = `/api/v1/namespaces/linkerd-failover/serviceaccounts/${account}/token`;
    const { body } = await world.admin("POST", token, { spec: { expirationSeconds: 3_600 } });
    const kubeconfig = JSON.parse(world.apiserver.kubeconfig("controller"));
    kubeconfig.users[0].user.token = body.status.token;
    const file = join(world.folder, "fast-lane");
    writeFileSync(file, JSON.stringify(kubeconfig));
    const map = own.find(({ kind }) => kind === "ConfigMap");
    const config = parse(map?.data["prometheus.yml"]) as { global: { scrape_interval: string }; scrape_configs: ScrapeConfig[] };
    for (const { kubernetes_sd_configs } of config.scrape_configs)
      for (const discovery of kubernetes_sd_configs) discovery.kubeconfig_file = file;
    const scrapeIntervalMs = Number(config.global.scrape_interval.replace("s", "")) * 1_000;
    const prometheus = await startPrometheus({ scrapeConfigs: config.scrape_configs, scrapeIntervalMs });
    toStop.push(() => prometheus.stop());
    return prometheus.url;
  };
  const pathOf = (object: Rendered) => collectionPath(world.apiserver.as("admin"), object);

  beforeAll(async () => {
    world = await ControllerWorld.start();
    await applyGatewayApi(world.apiserver.as("admin"), "1.4.1");
    for (const name of [...ROUTES, LAST]) await route(name);
    await route(BOTH, { asks: "both" });
    prometheusUrl = await fastLane();
    main = await startPrometheus({ targets: [meshes.get(BOTH)?.target ?? ""] });
    toStop.push(() => main.stop());
    writeFileSync(join(world.folder, "rules.yaml"), RULES);
    replica = await Replica.start(world, { "fast-prometheus-url": prometheusUrl, "prometheus-url": main.url });
    toStop.push(() => replica.end("SIGKILL"));
    await replica.untilLeading();
    await sleep(WARM_UP_MS);
  });
  afterAll(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
    await world?.stop();
  });

  it("finds the clients' pods, and keeps only what the controller reads", async () => {
    const names = async () => {
      const answer = await fetch(`${prometheusUrl}/api/v1/label/__name__/values`);
      return ((await answer.json()) as { data: string[] }).data.filter((name) => name !== "up" && !name.startsWith("scrape_"));
    };
    const found = await until("series of the proxies", names, (seen) => seen.includes("response_total"));
    expect(found).toEqual([
      "outbound_http_route_backend_response_statuses_total",
      "outbound_http_route_request_statuses_total",
      "process_start_time_seconds",
      "proxy_build_info",
      "response_total",
    ]);
  });

  it("sees total outages within seconds", async () => {
    expect(await Promise.all(ROUTES.map(weights))).toEqual(ROUTES.map(() => "100/0"));
    const took = await Promise.all(
      ROUTES.map(async (name, i) => {
        await sleep(i * APART_MS);
        return outage(name);
      }),
    );
    // Never before failAfter. The message has all of them: docs/fast-lane.md tells such a measurement.
    expect(Math.min(...took), `outage → patch in ms: ${took.map(Math.round).join(", ")}`).toBeGreaterThan(2_000);
  });

  it("asks each signal of the Prometheus that it names, and acts as soon while the other one hangs", async () => {
    const texts = async (): Promise<readonly string[]> => {
      const { splits } = await replica.json(`/api/routes/HTTPRoute/shop/${BOTH}`);
      return (splits as { backends: { reasons: { text: string }[] }[] }[])[0]?.backends[0]?.reasons.map(({ text }) => text) ?? [];
    };
    const says = (...patterns: readonly RegExp[]) =>
      until("the readings", texts, (seen) => patterns.every((pattern) => seen.some((text) => pattern.test(text))));
    const targets = new RegExp(`^query targets \\(fast Prometheus\\): ${ROUTES.length + 2}, `);
    await says(/^successRate \(main Prometheus\): 100\.0 % of \d+ requests in 10s good/, targets);
    main.signal("SIGSTOP");
    await says(/^successRate \(main Prometheus\): unknown \(no answer from Prometheus: /, targets);
    await replica.untilSaid("the main Prometheus does not answer, so its metrics move nothing");
    meshes.get(BOTH)?.good.set(BOTH, 0);
    expect(await outage(LAST)).toBeGreaterThan(2_000);
    expect(await weights(BOTH)).toBe("100/0");
    main.signal("SIGCONT");
    await until(
      `${BOTH} at 0/100`,
      () => weights(BOTH),
      (seen) => seen === "0/100",
    );
  });
});
