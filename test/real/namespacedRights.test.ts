import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CheckReport } from "../../src/cli/commands/check/checkReport.ts";
import { allowedActions, controllersActions } from "./allowedActions.ts";
import { ControllerWorld, Replica } from "./controllerWorld.ts";
import { realTools } from "./harness/realTools.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const WATCHED = ["shop", "billing"];
const SPLITS = "/apis/split.smi-spec.io/v1alpha2/namespaces";

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("a controller without a ClusterRole")}`, () => {
  let world: ControllerWorld;
  let replica: Replica;

  beforeAll(async () => {
    world = await ControllerWorld.start(WATCHED);
    await world.admin("POST", "/api/v1/namespaces", { metadata: { name: "foreign" } });
    await world.split("web");
  });
  afterEach(() => replica?.end("SIGKILL"));
  afterAll(() => world?.stop());

  const check = async (...args: string[]) => {
    const all = [MAIN, "check", "--kubeconfig", join(world.folder, "kubeconfig"), "-o", "json", ...args];
    const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit"], timeout: 60_000 });
    const code = new Promise((resolve) => child.once("close", resolve));
    const { categories } = JSON.parse(await text(child.stdout)) as CheckReport;
    const kubernetes = categories.find(({ categoryName }) => categoryName === "kubernetes")?.checks ?? [];
    return { code: await code, kubernetes, errors: kubernetes.flatMap(({ result, error }) => (result === "success" ? [] : [error])) };
  };

  it("leads, fails over, writes Events and returns in its namespaces, and makes no forbidden request", async () => {
    const foreign = { apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", metadata: { name: "web", labels: {} } };
    const labels = { "failover.linkerd.io/controlled-by": "linkerd-failover" };
    const spec = {
      service: "web",
      backends: [
        { service: "web", weight: 1 },
        { service: "web-east", weight: 0 },
      ],
    };
    await world.admin("POST", `${SPLITS}/foreign/trafficsplits`, { ...foreign, metadata: { name: "web", labels }, spec });
    replica = await Replica.start(world, { "watch-namespaces": WATCHED.join(",") });
    await replica.untilReady();
    await replica.untilLeading();
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    await world.ready("web", true);
    await world.untilWeights("web", "100/0");
    expect(await world.events("web")).toContain("Failover");
    expect((await world.admin("GET", `${SPLITS}/foreign/trafficsplits/web`)).body.spec).toEqual(spec);
    const warnings = replica.lines().filter(({ level, msg }) => level !== "info" && !msg.startsWith("no --prometheus-url"));
    expect(warnings).toEqual([]);
    expect(await replica.metric('watch_restarts_total{resource="trafficsplits"}')).toBe(0);
    // The controller finds that a kind is missing without a permission to read CRDs.
    await replica.untilSaid("the cluster has no grpcroutes: skipped, checked again every minute");
  });

  it("is ready and fails over in a namespace, though another one cannot be read", async () => {
    replica = await Replica.start(world, { "watch-namespaces": "shop,foreign" });
    await replica.untilReady();
    await replica.untilLeading();
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    await world.ready("web", true);
    await world.untilWeights("web", "100/0");
    await replica.untilSaid("endpointslices cannot be listed, tried again: namespace foreign: Forbidden");
  });

  it("passes check before it runs", async () => {
    const { code, errors, kubernetes } = await check("--pre", "--watch-namespaces", WATCHED.join(","));
    expect([code, errors]).toEqual([0, []]);
    const shown = kubernetes.map(({ description }) => description);
    expect(shown).toContain("this user has all permissions that the controller needs");
    expect(shown).toContain("GRPCRoutes are not installed: skipped; the controller checks again every minute");
    expect(shown).toContain("1 route managed: 1 TrafficSplit");
  });

  it("check names the missing permissions for all namespaces, and for a namespace without any", async () => {
    const all = await check();
    expect(all.code).toBe(1);
    expect(all.errors).toContain("this user may not list, watch, patch trafficsplits.split.smi-spec.io");
    const one = await check("--watch-namespaces", "shop,foreign");
    expect(one.code).toBe(1);
    expect(one.errors).toContain("this user may not list, watch endpointslices.discovery.k8s.io in foreign");
    expect(one.errors.filter((error) => error?.endsWith(" in shop"))).toEqual([]);
  });

  it("has no other permission, of all verbs on all resources in all namespaces", async () => {
    const own = "linkerd-failover";
    const routes = ["trafficsplits.split.smi-spec.io", "httproutes.policy.linkerd.io"];
    const found = await allowedActions(world.apiserver.as("admin"), "controller", [...WATCHED, own, "foreign", "kube-system"]);
    expect(found).toEqual(controllersActions(routes, WATCHED, own));
  });
});
