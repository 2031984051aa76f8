import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ControllerWorld, Replica } from "./controllerWorld.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { freePort } from "./harness/serverProcess.ts";
import { Mesh } from "./mesh.ts";

const SPLITS = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits";
const MERGE = "application/merge-patch+json";
/** Kubernetes stores creation times in whole seconds. */
const CREATED_APART_MS = 1_100;
/** Long, so that no backend returns during the test. */
const RULES = `version: 1
rules:
  - name: scene
    signals:
      readiness: {minReady: 1}
      successRate: {failBelow: 90%, recoverAbove: 98%, window: 10s, minRequests: 10}
      gateway: {}
    failAfter: 4s
    recoverAfter: 10m
`;
/** The rule judges over 10 s, and the evidence also needs `failAfter` and a scrape. */
const FAILOVER_LIMIT_MS = 60_000;

/**
 * Everything that a dashboard can show: `web`, whose primary fails its requests; `none`, which has no ready endpoints;
 * `fought`, whose weights another writer puts back; `far`, with a mirror of the cluster `east`; `odd`, whose annotation
 * is wrong; and `late`, one route too many in its namespace. There are two replicas and one Prometheus.
 */
export class DashboardScene {
  readonly world: ControllerWorld;
  readonly #toStop: (() => Promise<unknown>)[];
  #prometheus: PrometheusServer | null = null;

  private constructor(world: ControllerWorld) {
    this.world = world;
    this.#toStop = [() => world.stop()];
  }

  /** Resolves when the scene is complete. Prometheus evaluates `ruleFiles` meanwhile. */
  static async play(ruleFiles: readonly string[]): Promise<DashboardScene> {
    const scene = new DashboardScene(await ControllerWorld.start());
    try {
      await scene.#play(ruleFiles);
      return scene;
    } catch (error) {
      await scene.stop();
      throw error;
    }
  }

  get prometheusUrl(): string {
    return this.#prometheus?.url ?? "";
  }

  async stop(): Promise<void> {
    for (const stop of this.#toStop.splice(0).reverse()) await stop();
  }

  async #play(ruleFiles: readonly string[]): Promise<void> {
    const { world } = this;
    for (const name of ["web", "none", "fought", "far", "odd"]) await world.split(name);
    await sleep(CREATED_APART_MS);
    await world.split("late");
    await this.#patch("/api/v1/namespaces/shop/services/far-east", {
      labels: { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": "east" },
    });
    await this.#patch(`${SPLITS}/odd`, { annotations: { "failover.linkerd.io/primary-service": "unknown" } });
    const mesh = await Mesh.ofTrafficSplit(world, "web");
    this.#toStop.push(() => mesh.stop());
    const addresses = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const prometheus = await startPrometheus({
      targets: [mesh.target, await this.#gatewayMetrics("east")],
      scrapeConfigs: [scrapeOfReplicas(addresses)],
      ruleFiles,
    });
    this.#prometheus = prometheus;
    this.#toStop.push(() => prometheus.stop());
    const rules = join(world.folder, "scene.yaml");
    writeFileSync(rules, RULES);
    const settings = { "prometheus-url": prometheus.url, rules, "max-routes-per-namespace": "5" };
    const replicas = await Promise.all(addresses.map((address) => Replica.start(world, { ...settings, "admin-address": address })));
    for (const one of replicas) this.#toStop.push(() => one.end("SIGKILL"));
    await Promise.all(replicas.map((one) => one.untilReady()));
    await this.#fail(mesh);
  }

  async #fail(mesh: Mesh): Promise<void> {
    const { world } = this;
    // The standby loses its endpoints first, so that traffic is never shifted to it.
    for (const service of ["none-east", "none", "fought"]) await world.ready(service, false);
    await world.untilWeights("fought", "0/100");
    await this.#putBack("fought");
    await world.untilWeights("fought", "0/100");
    mesh.good.set("web", 0.4);
    await world.untilWeights("web", "0/100", FAILOVER_LIMIT_MS);
  }

  /** Writes the weights as a tool does that knows only what is in Git. */
  async #putBack(name: string): Promise<void> {
    const spec = { backends: [name, `${name}-east`].map((service, i) => ({ service, weight: i === 0 ? 100 : 0 })) };
    const { status } = await this.world.admin("PATCH", `${SPLITS}/${name}?fieldManager=argocd-controller`, { spec }, MERGE);
    if (status !== 200) throw new Error(`the weights of ${name} could not be put back: ${status}`);
  }

  async #patch(path: string, metadata: object): Promise<void> {
    const { status } = await this.world.admin("PATCH", path, { metadata }, MERGE);
    if (status !== 200) throw new Error(`${path} could not be patched: ${status}`);
  }

  /** The gauges of a linked cluster's gateway, to be scraped. */
  async #gatewayMetrics(cluster: string): Promise<string> {
    const labels = `{target_cluster_name="${cluster}"}`;
    const server = createServer((_request, response) => response.end(`gateway_alive${labels} 1\ngateway_enabled${labels} 1\n`));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#toStop.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}

/** As in docs/metrics.md: the target has the label `namespace`, and the label of a route must win over it. */
function scrapeOfReplicas(addresses: readonly string[]): object {
  const targets = { targets: addresses, labels: { namespace: "linkerd-failover" } };
  return { job_name: "linkerd-failover", honor_labels: true, static_configs: [targets] };
}
