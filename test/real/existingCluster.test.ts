import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiServer, send } from "../world/plainHttp.ts";
import { until } from "./controllerWorld.ts";
import { applyCrds, applyGatewayApi } from "./harness/applyManifest.ts";
import { adminOf, RUN_LABEL, readCluster } from "./harness/existingCluster.ts";
import { type KubeApiserver, startKubeApiserver } from "./harness/kubeApiserver.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";
import { freePort } from "./harness/serverProcess.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The scrape interval that a cluster's Prometheus must have for the test's clients. */
const SCRAPE_MS = 2_000;
const TIME_LIMIT_MS = 240_000;
const SHOP = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits";

const tools = realToolsWithCrds("kube-apiserver", "etcd", "prometheus");

/** The tests get only what a user passes: a kubeconfig and a URL. */
describe.skipIf(tools.absent)(`${tools.title("npm run test:cluster in an existing cluster")}`, () => {
  let cluster: KubeApiserver;
  let admin: ApiServer;
  let prometheus: PrometheusServer;
  /** The result before the cluster has all kinds of route that the tests need. */
  let lacking: { code: number | null; out: string };
  let settings: Record<string, string>;

  beforeAll(async () => {
    cluster = await startKubeApiserver();
    admin = cluster.as("admin");
    await applyCrds(admin);
    settings = { KUBECONFIG: join(cluster.folder, "theirs"), LINKERD_FAILOVER_TEST_CONTEXT: "test" };
    writeFileSync(join(cluster.folder, "theirs"), cluster.kubeconfig("admin"));
    lacking = await ended(start(settings, []));
    await applyGatewayApi(admin, "1.4.1");
    const meshAddress = `127.0.0.1:${await freePort()}`;
    prometheus = await startPrometheus({ targets: [meshAddress], scrapeIntervalMs: SCRAPE_MS });
    settings = {
      ...settings,
      LINKERD_FAILOVER_TEST_PROMETHEUS_URL: prometheus.url,
      LINKERD_FAILOVER_TEST_MESH_ADDRESS: meshAddress,
    };
    await send(admin, "POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
    const labels = { "failover.linkerd.io/controlled-by": "linkerd-failover" };
    const backends = ["web", "web-east"].map((service, i) => ({ service, weight: i === 0 ? 0 : 100 }));
    const split = { apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", metadata: { name: "theirs", labels } };
    await send(admin, "POST", SHOP, { ...split, spec: { service: "web", backends } });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await cluster?.stop();
  });

  const namespaces = async () => {
    const { body } = await send(admin, "GET", "/api/v1/namespaces");
    return body.items as { metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string } }[];
  };
  const ofRuns = async () => (await namespaces()).filter(({ metadata }) => RUN_LABEL in metadata.labels);
  const staying = async () => (await namespaces()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);

  it("refuses to touch a cluster without a confirmed context", async () => {
    const { LINKERD_FAILOVER_TEST_CONTEXT: _, ...unnamed } = settings;
    for (const [env, why] of [
      [unnamed, 'LINKERD_FAILOVER_TEST_CONTEXT is not set, and the current context is "test"'],
      [{ ...unnamed, LINKERD_FAILOVER_TEST_CONTEXT: "kind" }, 'LINKERD_FAILOVER_TEST_CONTEXT says "kind"'],
    ] as const) {
      const { code, out } = await ended(start(env, []));
      expect(out).toContain(why);
      expect(code).toBe(2);
    }
    expect(await ofRuns()).toEqual([]);
  });

  it("refuses a cluster without a required kind of route, and names it", () => {
    expect(lacking).toEqual({ code: 2, out: "nothing was done: the cluster has no HTTPRoutes: install Gateway API\n" });
  });

  it("tests readiness, success rate and the owner's commands there, and leaves nothing behind", async () => {
    const before = { theirs: (await send(admin, "GET", SHOP)).body, namespaces: await namespaces() };
    expect(before.theirs.items).toHaveLength(1);
    const { code, out } = await ended(start(settings, ["-t", "fails over on|pin moves"]));
    expect(out).toMatch(/✓.* fails over on readiness/);
    expect(out).toMatch(/✓.* fails over on success rate/);
    expect(out).toMatch(/✓.* pin moves the traffic/);
    expect(out).toMatch(/↓ .*SKIPPED \(the servers of an existing cluster are left alone\): waits for an API server/);
    expect(code).toBe(0);
    const made = await ofRuns();
    expect(made).toHaveLength(6);
    expect(made.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
    expect(await staying()).toEqual(before.namespaces);
    expect((await send(admin, "GET", SHOP)).body.items).toEqual(before.theirs.items);
  });

  it("removes its objects even if it is stopped halfway, and skips the tests about metrics without a Prometheus", async () => {
    const { LINKERD_FAILOVER_TEST_MESH_ADDRESS: _, ...unmetered } = settings;
    const madeBefore = (await ofRuns()).length;
    const stayedBefore = await staying();
    const temporary = mkdtempSync(join(tmpdir(), "stopped-"));
    const child = start({ ...unmetered, TMPDIR: temporary }, ["-t", "fails over on readiness"]);
    const end = ended(child);
    await until("the namespaces of the run", ofRuns, (made) => made.length === madeBefore + 2);
    child.kill("SIGTERM");
    const { code, out } = await end;
    expect(code).toBe(1);
    expect(out).toContain("none (LINKERD_FAILOVER_TEST_MESH_ADDRESS is not set): tests with metrics are skipped");
    expect(await staying()).toEqual(stayedBefore);
    // A controller that was just being started must end, too.
    await sleep(2_000);
    const controllers = async () => spawnSync("ps", ["-A", "-o", "args"], { encoding: "utf8" }).stdout.match(controllerIn(temporary));
    await until("the controllers to be gone", controllers, (left) => left === null);
    rmSync(temporary, { recursive: true });
  });

  function start(env: Readonly<Record<string, string>>, args: readonly string[]): ChildProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|LINKERD_FAILOVER_|KUBECONFIG$)/.test(name));
    const options = { cwd: ROOT, timeout: TIME_LIMIT_MS, env: { ...Object.fromEntries(inherited), ...env, NO_COLOR: "1" } };
    return spawn(process.execPath, ["scripts/testCluster.ts", ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  }
});

describe("the cluster in a kubeconfig", () => {
  it("is used with the client certificate, as in kind's kubeconfig", async () => {
    const kubeconfig = join(import.meta.dirname, "../fixtures/kubeconfig-client-certificate.yaml");
    const cluster = readCluster({ KUBECONFIG: kubeconfig, LINKERD_FAILOVER_TEST_CONTEXT: "kind-west" });
    if (typeof cluster === "string") throw new Error(cluster);
    expect(await adminOf(cluster)).toEqual({ url: "https://127.0.0.1:6443", ca: "ca\n", cert: "certificate\n", key: "key\n" });
  });

  it.each([
    ["LINKERD_FAILOVER_TEST_PROMETHEUS_URL", "localhost:9090", "must be an http or https URL"],
    ["LINKERD_FAILOVER_TEST_MESH_ADDRESS", "http://172.18.0.1:9000", "must be HOST:PORT of this machine"],
  ])("is refused if %s is %s", (name, value, why) => {
    const kubeconfig = join(import.meta.dirname, "../fixtures/kubeconfig-client-certificate.yaml");
    const env = { LINKERD_FAILOVER_TEST_PROMETHEUS_URL: "http://localhost:9090", [name]: value };
    expect(readCluster({ KUBECONFIG: kubeconfig, LINKERD_FAILOVER_TEST_CONTEXT: "kind-west", ...env })).toBe(`${name} ${why}`);
  });
});

function controllerIn(folder: string): RegExp {
  return new RegExp(`main\\.ts run .*${folder}.*`, "g");
}

/** The exit code and the whole output. */
function ended(child: ChildProcess): Promise<{ code: number | null; out: string }> {
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (out += String(chunk)));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out })));
}
