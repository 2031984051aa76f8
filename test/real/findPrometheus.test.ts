import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check, CheckReport } from "../../src/cli/commands/check/checkReport.ts";
import { ControllerWorld, until } from "./controllerWorld.ts";
import { type KubeletDouble, startKubeletDouble } from "./harness/kubeletDouble.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { realTools } from "./harness/realTools.ts";
import { Mesh } from "./mesh.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const VIZ = "/api/v1/namespaces/linkerd-viz";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/linkerd-viz/endpointslices";

const tools = realTools("kube-apiserver", "etcd", "prometheus");

/** A port-forward needs a node, so the test plays one: the API server connects to the node's kubelet by its address and port. */
describe.skipIf(tools.absent)(`${tools.title("commands that find linkerd-viz's Prometheus by themselves")}`, () => {
  let world: ControllerWorld;
  let mesh: Mesh;
  let prometheus: PrometheusServer;
  let kubelet: KubeletDouble;

  beforeAll(async () => {
    world = await ControllerWorld.start();
    writeFileSync(join(world.folder, "admin"), world.apiserver.kubeconfig("admin"));
    await world.split("web");
    mesh = await Mesh.ofTrafficSplit(world, "web");
    prometheus = await startPrometheus({ targets: [mesh.target], scrapeIntervalMs: 2_000 });
    kubelet = await startKubeletDouble(world.apiserver);
    await installViz(Number(new URL(prometheus.url).port));
  });
  afterAll(async () => {
    kubelet?.stop();
    await mesh?.stop();
    await prometheus?.stop();
    await world?.stop();
  });

  async function installViz(port: number): Promise<void> {
    await create("/api/v1/nodes", { metadata: { name: "node-1" } });
    const status = {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
    };
    await world.admin("PATCH", "/api/v1/nodes/node-1/status", { status }, "application/merge-patch+json");
    await create("/api/v1/namespaces", { metadata: { name: "linkerd-viz" } });
    const service = { metadata: { name: "prometheus", labels: { "linkerd.io/extension": "viz" } }, spec: { ports: [{ port: 9090 }] } };
    await create(`${VIZ}/services`, service);
    await create(`${VIZ}/serviceaccounts`, { metadata: { name: "default" } });
    const containers = [{ name: "prometheus", image: "none" }];
    await create(`${VIZ}/pods`, { metadata: { name: "prometheus-0" }, spec: { containers, nodeName: "node-1" } });
    await world.admin("PATCH", `${VIZ}/pods/prometheus-0/status`, { status: { phase: "Running" } }, "application/merge-patch+json");
    await create(SLICES, {
      metadata: { name: "prometheus-1", labels: { "kubernetes.io/service-name": "prometheus" } },
      addressType: "IPv4",
      ports: [{ name: "admin-http", port }],
      endpoints: [{ addresses: ["10.0.0.9"], conditions: { ready: true }, targetRef: { kind: "Pod", name: "prometheus-0" } }],
    });
  }

  async function create(path: string, object: object): Promise<void> {
    const { status, body } = await world.admin("POST", path, object);
    if (status !== 201 && status !== 409) throw new Error(`${path}: ${JSON.stringify(body)}`);
  }

  const run = async (user: "admin" | "kubeconfig", ...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args, "--kubeconfig", join(world.folder, user)], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });
    const code = new Promise((resolve) => child.once("close", resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, out, err };
  };
  const checks = async (user: "admin" | "kubeconfig"): Promise<readonly Check[]> => {
    const { out } = await run(user, "check", "--pre", "-o", "json");
    const { categories } = JSON.parse(out) as CheckReport;
    return categories.find(({ categoryName }) => categoryName === "prometheus")?.checks ?? [];
  };

  it("check reaches it by a port-forward to its pod", async () => {
    const seen = await until(
      "the scrapes to be counted",
      () => checks("admin"),
      (found) => found.some(({ description }) => description.startsWith("Linkerd's proxies are scraped: ")),
    );
    expect(seen[0]?.description).toBe("Prometheus answers at prometheus-0 in linkerd-viz, by a port-forward");
    expect(kubelet.forwarded).toContain("linkerd-viz/prometheus-0");
  });

  it("replay asks it, too", async () => {
    const { code, out, err } = await run("admin", "replay", "-n", "shop", "ts/web", "--from", "20s");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("No traffic would have moved.");
  });

  it("a user who may not forward ports is told so, and how to name a Prometheus", async () => {
    const [found] = await checks("kubeconfig");
    expect(found).toMatchObject({ description: "a Prometheus is found", result: "warning" });
    expect(found?.error).toMatch(/^the Prometheus of linkerd-viz cannot be reached: 403 Forbidden: /);
    expect(found?.hint).toContain("--prometheus-url http://localhost:9090");
  });
});
