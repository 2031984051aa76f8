import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, until } from "../controllerWorld.ts";
import { type HttpProxy, type Meddler, openHttpProxy } from "../harness/httpProxy.ts";
import { answerAtLength } from "../harness/longAnswer.ts";
import { realTools } from "../harness/realTools.ts";
import { freePort } from "../harness/serverProcess.ts";
import { type Play, peakBytes, residentBytes, Scene } from "./scene.ts";

const GIGABYTE = 1024 ** 3;
/** Memory for one answer of the maximum size, and as much again that V8 has not released yet. */
const LONG_ANSWER_MEMORY_BYTES = 192 * 1024 * 1024;
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const OTHER = { kind: "ServiceAccount", name: "other", namespace: "default" };

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("an API server that answers badly")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterAll(async () => {
    for (const stop of toStop.reverse()) await stop();
    await world?.stop();
  });

  const open = async (name: string, kubeconfig?: string): Promise<Scene> => {
    const scene = await Scene.open(world, name, kubeconfig === undefined ? {} : { kubeconfig });
    toStop.push(() => scene.replica.end("SIGKILL"));
    return scene;
  };
  const openBehindProxy = async (name: string): Promise<{ scene: Scene; proxy: HttpProxy }> => {
    const proxy = await openHttpProxy({ url: world.apiserver.url, ca: world.apiserver.ca });
    toStop.push(() => proxy.stop());
    return { scene: await open(name, world.kubeconfigVia(proxy.url)), proxy };
  };
  /** Traffic must leave the primary once the controller can write. */
  const wanted = (scene: Scene): Pick<Play, "converged" | "writes"> => ({ converged: () => scene.untilWeights("0/100"), writes: 1 });
  const meddled = (scene: Scene, proxy: HttpProxy, meddler: Meddler): Omit<Play, "fault" | "sight"> => ({
    strike: () => proxy.meddle(meddler),
    meanwhile: () => scene.ready(false),
    mend: () => proxy.meddle(null),
    ...wanted(scene),
  });
  /** The endpoints are lost during the fault, so that the write is what fails. */
  const refused = (scene: Scene, strike: () => Promise<unknown>, mend: () => Promise<unknown>): Omit<Play, "fault" | "sight"> => ({
    strike: async () => {
      await strike();
      await scene.ready(false);
    },
    mend,
    ...wanted(scene),
  });
  /** Waits until the cluster refuses the controller's writes, or accepts them. */
  const untilAdmission = (scene: Scene, refuses: boolean) =>
    until(
      `${scene.name} to be ${refuses ? "refused" : "accepted"}`,
      async () => (await tryWrite(scene)).status !== 200,
      (refused) => refused === refuses,
    );
  const tryWrite = ({ name }: Scene) =>
    world.admin(
      "PATCH",
      `/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/${name}?dryRun=All`,
      { metadata: { annotations: { tried: "yes" } } },
      "application/merge-patch+json",
    );

  it.concurrent.each([
    [429, "TooManyRequests"],
    [500, "InternalServerError"],
    [503, "ServiceUnavailable"],
  ])("%d to every request", async (status, reason) => {
    const { scene, proxy } = await openBehindProxy(`all-${status}`);
    const headers = status === 429 ? { "retry-after": "1" } : {};
    await scene.play("API server", {
      fault: status === 429 ? "429 with Retry-After to every request" : `${status} to every request`,
      sight: { log: `the Lease cannot be acquired or renewed, retrying: ${reason}`, metric: ["leader", 0] },
      ...meddled(scene, proxy, ({ response }) => response.writeHead(status, headers).end("broken")),
    });
  });

  it.concurrent("an answer of a gigabyte", async () => {
    const { scene, proxy } = await openBehindProxy("gigabyte");
    const before = residentBytes(scene.replica);
    const taken: (() => number)[] = [];
    await scene.play("API server", {
      fault: "a list of 1 GB (sent by a test proxy)",
      sight: { log: "endpointslices cannot be listed, tried again: TooLong: the answer (HTTP 200) is longer than 25165824 bytes" },
      slackBytes: LONG_ANSWER_MEMORY_BYTES,
      ...meddled(scene, proxy, ({ path, response, forward }) => {
        // A watch would continue from its last version. The proxy refuses it, so that a list is needed.
        if (!path.includes("/endpointslices")) forward();
        else if (path.includes("watch=true")) response.writeHead(410).end();
        else taken.push(answerAtLength(response, '{"items":[', GIGABYTE));
      }),
    });
    expect(Math.max(...taken.map((bytes) => bytes()))).toBeLessThan(GIGABYTE / 4);
    expect(peakBytes(scene.replica) - before).toBeLessThan(LONG_ANSWER_MEMORY_BYTES);
  });

  it.concurrent("a policy that denies the write", async () => {
    const scene = await open("denied");
    const policy = `${ADMISSION}/validatingadmissionpolicies`;
    const binding = `${ADMISSION}/validatingadmissionpolicybindings`;
    const strike = async () => {
      const matchConstraints = {
        resourceRules: [{ apiGroups: ["split.smi-spec.io"], apiVersions: ["*"], operations: ["UPDATE"], resources: ["trafficsplits"] }],
        objectSelector: { matchLabels: { scene: scene.name } },
      };
      await world.admin("POST", policy, {
        metadata: { name: "deny" },
        spec: { failurePolicy: "Fail", matchConstraints, validations: [{ expression: "false", message: "not today" }] },
      });
      await world.admin("POST", binding, { metadata: { name: "deny" }, spec: { policyName: "deny", validationActions: ["Deny"] } });
      await untilAdmission(scene, true);
    };
    const mend = async () => {
      for (const path of [binding, policy]) await world.admin("DELETE", `${path}/deny`);
      await untilAdmission(scene, false);
    };
    await scene.play("API server", {
      fault: "a ValidatingAdmissionPolicy denies every write",
      sight: { log: "not today", metric: ['writes_total{kind="TrafficSplit",outcome="written"}', 0] },
      ...refused(scene, strike, mend),
    });
  });

  it.concurrent("a required webhook that is down", async () => {
    const scene = await open("webhook");
    const path = `${ADMISSION}/validatingwebhookconfigurations`;
    const url = `https://127.0.0.1:${await freePort()}/`;
    const strike = async () => {
      const webhook = {
        name: "away.example.com",
        clientConfig: { url },
        rules: [{ apiGroups: ["split.smi-spec.io"], apiVersions: ["*"], operations: ["UPDATE"], resources: ["trafficsplits"] }],
        objectSelector: { matchLabels: { scene: scene.name } },
        ...{ admissionReviewVersions: ["v1"], sideEffects: "None", failurePolicy: "Fail", timeoutSeconds: 1 },
      };
      await world.admin("POST", path, { metadata: { name: "away" }, webhooks: [webhook] });
      await untilAdmission(scene, true);
    };
    const mend = async () => {
      await world.admin("DELETE", `${path}/away`);
      await untilAdmission(scene, false);
    };
    await scene.play("API server", {
      fault: "the admission webhook for every write is down",
      sight: { log: "not written, tried again at each tick: 500 InternalError" },
      ...refused(scene, strike, mend),
    });
  });

  it.concurrent("a permission that is removed", async () => {
    const { body: role } = await world.admin("GET", `${RBAC}/clusterroles/linkerd-failover`);
    const rules = role.rules as { verbs: string[] }[];
    const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] };
    await world.admin("POST", `${RBAC}/clusterroles`, { metadata: { name: "other" }, rules: [...rules, leases] });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "other" };
    await world.admin("POST", `${RBAC}/clusterrolebindings`, { metadata: { name: "other" }, roleRef, subjects: [OTHER] });
    const kubeconfig = join(world.folder, "kubeconfig-of-other");
    writeFileSync(kubeconfig, world.apiserver.kubeconfig("other"));
    const scene = await open("forbidden", kubeconfig);
    const allow = (patch: boolean) => {
      const allowed = rules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => patch || verb !== "patch") }));
      return world.admin("PATCH", `${RBAC}/clusterroles/other`, { rules: [...allowed, leases] }, "application/merge-patch+json");
    };
    await scene.play("API server", {
      fault: "403: the permission to patch routes is removed",
      sight: { log: "not written, tried again at each tick: forbidden" },
      ...refused(
        scene,
        () => allow(false),
        () => allow(true),
      ),
    });
  });
});
