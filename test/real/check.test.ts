import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check, CheckReport } from "../../src/cli/commands/check/checkReport.ts";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { realTools } from "./harness/realTools.ts";
import { Mesh } from "./mesh.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const SCRAPE_MS = 2_000;
/** No server listens there. */
const AWAY = "http://127.0.0.1:1";
const ROLES = "/apis/rbac.authorization.k8s.io/v1";

const tools = realTools("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("check on real servers")}`, () => {
  let world: ControllerWorld;
  let mesh: Mesh;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    world = await ControllerWorld.start();
    await world.split("web");
    await installed("linkerd", { "linkerd.io/control-plane-component": "destination" });
    await installed("linkerd-viz", { "linkerd.io/extension": "viz" });
    mesh = await Mesh.ofTrafficSplit(world, "web");
    prometheus = await startPrometheus({ targets: [mesh.target], scrapeIntervalMs: SCRAPE_MS });
    writeFileSync(join(world.folder, "other"), world.apiserver.kubeconfig("other"));
  });
  afterAll(async () => {
    await mesh?.stop();
    await prometheus?.stop();
    await world?.stop();
  });

  /** A Service that identifies an installation. */
  const installed = async (namespace: string, labels: Readonly<Record<string, string>>): Promise<void> => {
    await world.admin("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
    const service = { metadata: { name: "found", labels }, spec: { ports: [{ port: 80 }] } };
    await world.admin("POST", `/api/v1/namespaces/${namespace}/services`, service);
  };
  const rules = (body: string): string => {
    const file = join(world.folder, "check-rules.yaml");
    writeFileSync(file, `version: 1\nrules:\n  - name: strict\n    ${body}\n`);
    return file;
  };
  const run = async (user: "kubeconfig" | "other", ...args: string[]) => {
    // Without a controller: viewer.test.ts has the checks of one.
    const all = [MAIN, "check", "--pre", "--kubeconfig", join(world.folder, user), ...args];
    const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit"], timeout: 60_000 });
    const code = new Promise((resolve) => child.once("close", resolve));
    return { said: await text(child.stdout), code: await code };
  };
  const report = async (user: "kubeconfig" | "other", ...args: string[]) => {
    const { said, code } = await run(user, "-o", "json", ...args);
    const { success, categories } = JSON.parse(said) as CheckReport;
    const checks = (name: string): readonly Check[] => categories.find(({ categoryName }) => categoryName === name)?.checks ?? [];
    const bad = categories.flatMap((category) => category.checks).filter(({ result }) => result !== "success");
    return { success, code, checks, bad };
  };

  it("passes with the controller's own permissions, and reports the scrape interval", async () => {
    const seen = await until(
      "the scrapes to be counted",
      () => report("kubeconfig", "--prometheus-url", prometheus.url),
      ({ checks }) => checks("prometheus").some(({ description }) => description.startsWith("proxies are scraped every")),
    );
    expect(seen.bad).toEqual([]);
    expect([seen.success, seen.code]).toEqual([true, 0]);
    const descriptions = [...seen.checks("kubernetes"), ...seen.checks("rules"), ...seen.checks("prometheus")].map((c) => c.description);
    expect(descriptions).toContain("TrafficSplits are served at split.smi-spec.io/v1alpha2");
    expect(descriptions).toContain("1 route managed: 1 TrafficSplit");
    expect(descriptions).toContain('rule "default" judges TrafficSplit/shop/web');
    expect(descriptions).toContain("requests to all backends with weight are counted: 1 route");
    expect(descriptions).toContain("proxies are scraped every 2s: often enough for the windows of all rules");
    expect(seen.checks("linkerd").map((c) => c.description)).toEqual(
      expect.arrayContaining(["Linkerd's control plane is in linkerd", "linkerd-viz is in linkerd-viz"]),
    );
  });

  it("warns of a window that is too short for the scrapes, and of a metric that does not exist", async () => {
    const signals = "{successRate: {window: 5s}, queries: [{name: queue, query: 'max(queue_depth)', failAbove: 2, recoverBelow: 1}]}";
    const file = rules(`signals: ${signals}`);
    const { bad, code } = await report("kubeconfig", "--prometheus-url", prometheus.url, "--rules", file);
    expect(bad.map(({ description, result }) => `${result}: ${description}`)).toEqual([
      'warning: the window of successRate in rule "strict" holds three scrapes',
      'warning: the metrics of query "queue" in rule "strict" exist',
    ]);
    expect(code).toBe(0);
  });

  it("the controller logs that warning, too, once", async () => {
    const settings = { "prometheus-url": prometheus.url, rules: rules("signals: {successRate: {window: 5s}}"), "dry-run": "true" };
    const replica = await Replica.start(world, settings);
    try {
      const said = "the window of successRate is 5s, but proxies are scraped every 2s: with fewer than 3 scrapes in it";
      await replica.untilSaid(said);
      await replica.untilReady();
      expect(replica.lines().filter(({ level, msg }) => level === "warn" && msg.startsWith(said))).toHaveLength(1);
    } finally {
      await replica.end("SIGKILL");
    }
  });

  it("distinguishes a Prometheus that refuses access from one that does not answer", async () => {
    // The hash of an unknown password.
    const webConfig = { basic_auth_users: { me: "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay" } };
    const locked = await startPrometheus({ webConfig });
    try {
      const { bad, code } = await report("kubeconfig", "--prometheus-url", locked.url);
      expect(bad).toHaveLength(1);
      expect(bad[0]).toMatchObject({ result: "error", error: expect.stringContaining("HTTP 401") });
      expect(bad[0]?.hint).toContain("log in");
      expect(code).toBe(1);
    } finally {
      await locked.stop();
    }
  });

  it("asks the fast Prometheus where there is no other", async () => {
    const { bad } = await report("kubeconfig", "--fast-prometheus-url", prometheus.url);
    expect(bad.map(({ description }) => description)).not.toContain("a Prometheus is found");
    expect((await report("kubeconfig")).bad.map(({ description }) => description)).toContain("a Prometheus is found");
  });

  it("names verb and resource of each missing permission", async () => {
    const none = await report("other");
    expect(none.code).toBe(1);
    expect(none.bad.map(({ error }) => error)).toContain("this user may not list, watch, patch trafficsplits.split.smi-spec.io");
    await world.admin("POST", `${ROLES}/clusterroles`, {
      metadata: { name: "reads" },
      rules: [
        { apiGroups: ["split.smi-spec.io"], resources: ["trafficsplits"], verbs: ["list", "watch"] },
        { apiGroups: ["policy.linkerd.io", "gateway.networking.k8s.io"], resources: ["*"], verbs: ["list", "watch", "patch"] },
        { apiGroups: [""], resources: ["services"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create", "get", "update"] },
      ],
    });
    await world.admin("POST", `${ROLES}/clusterrolebindings`, {
      metadata: { name: "reads" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reads" },
      subjects: [{ kind: "ServiceAccount", name: "other", namespace: "default" }],
    });
    const some = await until(
      "the role to hold",
      () => report("other", "--prometheus-url", prometheus.url),
      ({ bad }) => !bad.some(({ description }) => description.includes("services")),
    );
    expect(some.bad.map(({ result, error }) => `${result}: ${error}`)).toEqual([
      "error: this user may not patch trafficsplits.split.smi-spec.io",
      "warning: this user may not create events.events.k8s.io: shifts are not reported as Events",
      "warning: this user may not list events.events.k8s.io: after a restart, and on standbys, the status page does not know earlier decisions",
    ]);
    expect(some.code).toBe(1);
  });

  it("reports a server that cannot be reached, and still checks the rest", async () => {
    const { bad, code, checks } = await report("kubeconfig", "--prometheus-url", AWAY, "--rules", rules("failAfter: 5"));
    expect(code).toBe(3);
    expect(bad.map(({ description }) => description)).toEqual([
      `${join(world.folder, "check-rules.yaml")} is valid`,
      `Prometheus answers at ${AWAY}`,
    ]);
    expect(checks("rules")[0]?.error).toContain("^");
    expect(checks("kubernetes").length).toBeGreaterThan(3);
  });

  it("fits into 80 columns as a table", async () => {
    const { said } = await run("other", "--prometheus-url", prometheus.url);
    expect(said.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(said.trimEnd().split("\n").at(-1)).toBe("Status check results are ×");
  });
});
