import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { chartRights } from "../../scripts/rbacManifests.ts";
import type { Check, CheckReport } from "../../src/cli/commands/check/checkReport.ts";
import type { RouteStatus } from "../../src/cli/commands/status/routeStatus.ts";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { HOME } from "./harness/applyManifest.ts";
import { POD_ADDRESS, playPod } from "./harness/playPod.ts";
import { realTools } from "./harness/realTools.ts";
import { freePort } from "./harness/serverProcess.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const SPLITS = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits";
const MERGE = "application/merge-patch+json";
const SLOW_MS = 180_000;

const tools = realTools("kube-apiserver", "etcd");

/** What people see who may look at routes and touch nothing: the roles of the chart, and less than these. */
describe.skipIf(tools.absent || POD_ADDRESS === undefined)(
  `${tools.title("a viewer's command line on a kube-apiserver, beside a controller")}`,
  { timeout: SLOW_MS },
  () => {
    let world: ControllerWorld;
    let replica: Replica;
    let port: string;

    beforeAll(async () => {
      world = await ControllerWorld.start();
      for (const user of ["admin", "other"] as const) writeFileSync(join(world.folder, user), world.apiserver.kubeconfig(user));
      for (const name of ["web", "api"]) await world.split(name);
      port = String(await freePort());
      replica = await startReplica();
      await playPod(world, POD_ADDRESS ?? "");
    }, SLOW_MS);
    afterAll(async () => {
      await replica?.end("SIGKILL");
      await world?.stop();
    });

    async function startReplica(): Promise<Replica> {
      const started = await Replica.start(world, { "admin-address": `${POD_ADDRESS}:${port}` });
      await started.untilReady();
      await started.untilLeading();
      return started;
    }

    /** Gives the user `other` these rules, in all namespaces or in one. */
    async function grant(name: string, rules: string, namespace?: string): Promise<void> {
      const [kind, base] = namespace === undefined ? ["ClusterRole", RBAC] : ["Role", `${RBAC}/namespaces/${namespace}`];
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind, name };
      const subjects = [{ kind: "ServiceAccount", name: "other", namespace: "default" }];
      const plural = `${kind.toLowerCase()}s`;
      const role = await world.admin("POST", `${base}/${plural}`, { metadata: { name }, rules: parse(rules) });
      const binding = await world.admin("POST", `${base}/${kind.toLowerCase()}bindings`, { metadata: { name }, roleRef, subjects });
      if (role.status !== 201 || binding.status !== 201) throw new Error(JSON.stringify([role.body, binding.body]));
    }

    const start = (args: readonly string[], user: "admin" | "other"): ChildProcess =>
      spawn(process.execPath, [MAIN, ...args, "--kubeconfig", join(world.folder, user), "--admin-port", port], {
        stdio: ["ignore", "pipe", "pipe"],
        timeout: SLOW_MS,
      });
    const run = async (args: readonly string[], user: "admin" | "other" = "other") => {
      const child = start(args, user);
      const code = new Promise((resolve) => child.once("close", resolve));
      const [out, err] = await Promise.all([text(child.stdout as never), text(child.stderr as never)]);
      return { code: await code, out, err };
    };
    const controllerChecks = async (): Promise<readonly Check[]> => {
      const { out } = await run(["check", "-o", "json"], "admin");
      return (JSON.parse(out) as CheckReport).categories.find(({ categoryName }) => categoryName === "controller")?.checks ?? [];
    };
    const statusOf = async (name: string) =>
      (JSON.parse((await run(["status", "-n", "shop", "-o", "json"], "admin")).out) as readonly RouteStatus[]).find((r) => r.name === name);
    const annotate = (name: string, annotations: object) => world.admin("PATCH", `${SPLITS}/${name}`, { metadata: { annotations } }, MERGE);

    it("who may only read routes gets them, and one line on what is missing", async () => {
      await grant("routes-only", "[{apiGroups: [split.smi-spec.io, policy.linkerd.io], resources: ['*'], verbs: [get, list, watch]}]");
      const status = await run(["status", "-n", "shop"]);
      expect([status.code, status.out.split("\n")[1]]).toEqual([0, "trafficsplit/api  baseline  api 100%"]);
      expect(status.err).toMatch(
        /^linkerd-failover: whether users are failing is unknown: the Lease in linkerd-failover cannot be read: 403 /,
      );
      const explained = await run(["explain", "-n", "shop", "ts", "web"]);
      expect(explained.code).toBe(0);
      expect(explained.out).toMatch(/^web: weight 100 of baseline 100; serving, unknown$/m);
      expect(explained.err).toMatch(/^linkerd-failover: neither the controller nor what a tick needs could be read: .*403.*\nhint: /);
    });

    it("the chart's roles for viewers are enough to ask the controller", async () => {
      const { ofViewers, ofViewersAtHome } = chartRights();
      await grant("viewer", ofViewers);
      await grant("viewer", ofViewersAtHome, HOME);
      const status = await run(["status", "-n", "shop"]);
      expect([status.code, status.err, status.out.split("\n")[1]]).toEqual([0, "", "trafficsplit/api  healthy  –        api 100%"]);
      const explained = await run(["explain", "-n", "shop", "ts", "web"]);
      expect([explained.code, explained.err]).toEqual([0, ""]);
      expect(explained.out).toContain(`as seen by the controller ${hostname()}`);
      const version = await run(["version", "-o", "json"]);
      expect(JSON.parse(version.out)).toMatchObject({ controller: [{ pod: hostname(), leads: true }] });
    });

    it("check says that a controller runs and leads, its version, and that its rules are in force", async () => {
      const checks = await controllerChecks();
      expect(checks.map(({ result, description }) => `${result}: ${description.replace(/ since .*/, "")}`)).toEqual([
        `success: 1 replica ready in ${HOME}`,
        `success: ${hostname()} leads: it renews its Lease`,
        "success: the replica and this command are version 0.1.0-dev",
        "success: its loop beats",
        "success: its rules are valid and in force",
        "success: it manages 2 routes, and users of none are failing",
        "warning: it judges by the rules that are checked here",
      ]);
    });

    it("a frozen route in an outage is the first line, and check names it; -w shows the change", async () => {
      const watching = start(["status", "-n", "shop", "-w"], "other");
      let shown = "";
      watching.stdout?.on("data", (chunk) => (shown += String(chunk)));
      await until(
        "the first table",
        async () => shown,
        (seen) => seen.includes("trafficsplit/web"),
      );
      await annotate("web", { "failover.linkerd.io/freeze": "true" });
      await world.ready("web", false);
      const failing = /trafficsplit\/web +failing .* web 100% +frozen, web unfit \(readiness\)$/m;
      await until(
        "the watch to show it",
        async () => shown,
        (seen) => failing.test(seen),
      );
      watching.kill("SIGINT");
      expect(await new Promise((resolve) => watching.once("close", resolve))).toBe(0);
      expect((await run(["status", "-n", "shop"])).out.split("\n")[1]).toMatch(failing);
      expect(await controllerChecks()).toContainEqual({
        ...{ description: "users of TrafficSplit/shop/web are served", result: "warning", error: "users are failing now" },
        hint: "linkerd-failover explain -n shop trafficsplit/web",
      });
      await annotate("web", { "failover.linkerd.io/freeze": null });
      await world.untilWeights("web", "0/100");
    });

    it("explain shows what was seen at the shift, and after a restart its Event", async () => {
      const before = await run(["explain", "-n", "shop", "ts/web"]);
      expect(before.out).toMatch(/failover \(readiness\), written: .*\n(.*\n)* {4}seen then: web: readiness: 0 ready, at least 1 needed$/m);
      await replica.end("SIGTERM");
      replica = await startReplica();
      const after = await run(["explain", "-n", "shop", "ts/web"]);
      // The new replica has read it back from the Event.
      expect(after.out).toMatch(/failover \(readiness\), written: .*\n(.*\n)* {4}seen then: .*readiness: 0 ready/m);
    });

    it("explain names the other writer in a fight over the weights", async () => {
      const applied = {
        spec: {
          backends: [
            { service: "web", weight: 100 },
            { service: "web-east", weight: 0 },
          ],
        },
      };
      const named = await until(
        "the fight",
        async () => {
          await world.admin("PATCH", `${SPLITS}/web?fieldManager=argocd-controller`, applied, MERGE);
          return (await run(["explain", "-n", "shop", "ts/web"])).out;
        },
        (out) => out.includes("held by reapplied"),
      );
      expect(named.replaceAll(/\n +/g, " ")).toContain("argocd-controller put the baseline back");
      await world.ready("web", true);
    });

    it("a controller that is gone is an error", async () => {
      await replica.end("SIGKILL");
      const checks = await controllerChecks();
      expect(checks.find(({ description }) => description === "a replica leads")).toMatchObject({
        result: "error",
        error: expect.stringContaining(`the Lease of ${hostname()} in ${HOME} is not renewed`),
      });
      expect((await run(["check"], "admin")).code).toBe(1);
      expect((await statusOf("api"))?.severity).toBe("baseline");
    });
  },
);
