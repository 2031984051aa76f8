import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { CHART, chartWith, EXAMPLE_VALUES, helm, type Rendered, render, VALUE_FILES, valuesFile, WITH_FILES } from "../charts/helm.ts";
import { allowedActions, controllersActions } from "./allowedActions.ts";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { applyChartCrds, applyGatewayApi, collectionPath } from "./harness/applyManifest.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const OWN = "linkerd-failover";
const DEPLOYMENT = `/apis/apps/v1/namespaces/${OWN}/deployments/${OWN}`;
const RESTORE_JOB = `/apis/batch/v1/namespaces/${OWN}/jobs/${OWN}-restore`;
const TOKEN = `/api/v1/namespaces/${OWN}/serviceaccounts/${OWN}/token`;
const ROUTES = [
  "trafficsplits.split.smi-spec.io",
  "httproutes.policy.linkerd.io",
  "httproutes.gateway.networking.k8s.io",
  "grpcroutes.gateway.networking.k8s.io",
];
const WATCHED = ["shop", "billing"];

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

const tools = realToolsWithCrds("kube-apiserver", "etcd", "helm");

describe.skipIf(tools.absent)(`${tools.title("the chart in a real cluster")}`, () => {
  let world: ControllerWorld;
  let replica: Replica | null = null;

  beforeAll(async () => {
    world = await ControllerWorld.withoutRights(["billing", "linkerd-viz", "viz", "monitoring"]);
    await applyGatewayApi(world.apiserver.as("admin"), "1.4.1");
    await applyChartCrds(world.apiserver.as("admin"));
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await world.admin("POST", "/api/v1/namespaces", { metadata: { name: OWN, labels } });
    writeFileSync(join(world.folder, "admin"), world.apiserver.kubeconfig("admin"));
    await world.split("web");
  });
  afterAll(async () => {
    await replica?.end("SIGKILL");
    await world?.stop();
  });

  const release = (command: string, ...args: string[]) =>
    helm(command, OWN, ...args, "-n", OWN, "--kubeconfig", join(world.folder, "admin"));

  const pathOf = async (object: Rendered) => collectionPath(world.apiserver.as("admin"), object);

  /** The API server's answer to a dry-run creation of the object. */
  const tryOut = async (object: Rendered) => {
    const { status, body } = await world.admin("POST", `${await pathOf(object)}?dryRun=All&fieldValidation=Strict`, object);
    return status === 201 ? "accepted" : String(body.message);
  };

  /** The pod that a Deployment or a Job starts. */
  const podOf = ({ kind, metadata, spec }: Rendered): Rendered => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...spec.template.metadata, name: `${kind.toLowerCase()}-pod`, namespace: metadata.namespace },
    spec: spec.template.spec,
  });

  /** The environment that the kubelet sets. */
  const envOf = ({ env }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value ?? OWN]));

  /** Starts the controller with the ServiceAccount and the settings of the chart's Deployment. */
  const startReplica = async () => {
    const { body } = await world.admin("POST", TOKEN, { spec: { expirationSeconds: 3_600 } });
    const kubeconfig = JSON.parse(world.apiserver.kubeconfig("controller"));
    kubeconfig.users[0].user.token = body.status.token;
    writeFileSync(join(world.folder, "kubeconfig"), JSON.stringify(kubeconfig));
    const deployment = (await world.admin("GET", DEPLOYMENT)).body;
    const map = (await world.admin("GET", `/api/v1/namespaces/${OWN}/configmaps/${OWN}`)).body;
    writeFileSync(join(world.folder, "rules.yaml"), map.data["rules.yaml"]);
    const started = await Replica.start(world, {}, { env: envOf(deployment.spec.template.spec.containers[0]) });
    replica = started;
    await started.untilReady();
    await started.untilLeading();
    return started;
  };

  /** Does what cluster controllers do: ends the Deployment's pods, and runs the Job's pod. */
  const playCluster = async (running: Replica) => {
    const job = await until(
      "the restore job",
      async () => (await world.admin("GET", RESTORE_JOB)).body,
      (body) => body.kind === "Job",
    );
    const container = job.spec.template.spec.containers[0] as Container;
    const env = { ...process.env, ...envOf(container), KUBECONFIG: join(world.folder, "kubeconfig") };
    const child = spawn(process.execPath, [MAIN, ...container.args], { env, stdio: "inherit" });
    const code = new Promise((resolve) => child.once("close", resolve));
    await until(
      "the controller to be scaled down",
      async () => (await world.admin("GET", DEPLOYMENT)).body.spec.replicas,
      (replicas) => replicas === 0,
    );
    await running.end("SIGTERM");
    const now = new Date().toISOString().replace(/\.\d+/, "");
    const conditions = ["SuccessCriteriaMet", "Complete"].map((type) => ({ type, status: "True", reason: "CompletionsReached" }));
    const status = { startTime: now, completionTime: now, succeeded: 1, conditions };
    expect(await code).toBe(0);
    expect(await world.admin("PATCH", `${RESTORE_JOB}/status`, { status }, "application/merge-patch+json")).toMatchObject({ status: 200 });
  };

  it.each(VALUE_FILES)("renders only objects that the API server accepts with the values '%s'", async (name) => {
    const objects = await render(["-f", valuesFile(name)]);
    expect(objects.length).toBeGreaterThan(5);
    const pods = objects.filter(({ kind }) => kind === "Deployment" || kind === "Job").map(podOf);
    const said = await Promise.all([...objects, ...pods].map(async (object) => `${object.kind}: ${await tryOut(object)}`));
    expect(said.filter((text) => !text.endsWith(": accepted"))).toEqual([]);
  });

  it.each(EXAMPLE_VALUES)("renders only objects that the API server accepts with examples/values/%s", async (_file, path) => {
    const objects = await render(["-f", path]);
    const said = await Promise.all(objects.map(async (object) => `${object.kind}: ${await tryOut(object)}`));
    expect(said.filter((text) => !text.endsWith(": accepted"))).toEqual([]);
  });

  it("renders alerts and a dashboard that the API server accepts, and an invalid alert is rejected", async () => {
    const made = async (chart: string) => {
      const objects = (await render(WITH_FILES, chart)).filter(({ kind }) => kind === "PrometheusRule" || kind === "ConfigMap");
      return Promise.all(objects.map(tryOut));
    };
    expect(await made(CHART)).toEqual(Array(4).fill("accepted"));
    const wrong = stringify({ groups: [{ name: "a", rules: [{ alert: "Down", expr: { not: "PromQL" } }] }] });
    expect(await made(chartWith(world.folder, { "files/alerts.yaml": wrong }))).toContainEqual(expect.stringContaining("expr"));
  });

  it("starts pods that meet the namespace's Pod Security level", async () => {
    const [deployment] = (await render([])).filter(({ kind }) => kind === "Deployment");
    const pod = podOf(deployment as Rendered);
    pod.spec.containers[0].securityContext.allowPrivilegeEscalation = true;
    expect(await tryOut(pod)).toContain('violates PodSecurity "restricted');
  });

  it("installs without values, and notes the next steps", async () => {
    const { code, out, err } = await release("install", CHART);
    expect([code, err]).toEqual([0, expect.not.stringContaining("Error")]);
    expect(out).toContain(`kubectl -n ${OWN} rollout status deployment/${OWN}`);
    for (const object of (await render([])).filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined))
      expect([object.kind, (await world.admin("GET", `${await pathOf(object)}/${object.metadata.name}`)).status]).toEqual([
        object.kind,
        200,
      ]);
  });

  it("gives its ServiceAccount the permissions that the controller needs, and no others", async () => {
    const found = await allowedActions(world.apiserver.as("admin"), "controller", [OWN]);
    expect(found).toEqual(controllersActions(ROUTES, ["*", OWN], OWN));
  });

  it("lets the controller lead, fail over and write an Event with the Deployment's settings", async () => {
    const running = await startReplica();
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    await until(
      "its Event",
      () => world.events("web"),
      (events) => events.includes("Failover"),
    );
    const warnings = running.lines().filter(({ level, msg }) => level !== "info" && !/Prometheus/i.test(msg));
    expect(warnings).toEqual([]);
    await running.end("SIGTERM");
  });

  it("can be upgraded to Roles in some namespaces, and leaves no ClusterRole", async () => {
    expect(await release("upgrade", CHART, "--set", `watchNamespaces={${WATCHED.join(",")}}`)).toMatchObject({ code: 0 });
    expect((await world.admin("GET", `/apis/rbac.authorization.k8s.io/v1/clusterroles/${OWN}`)).status).toBe(404);
    const found = await allowedActions(world.apiserver.as("admin"), "controller", [...WATCHED, OWN]);
    expect(found).toEqual(controllersActions(ROUTES, WATCHED, OWN));
  });

  it("restores the weights at the uninstall, and leaves no objects", async () => {
    const running = await startReplica();
    expect(await world.weights("web")).toBe("0/100");
    const [uninstalled] = await Promise.all([release("uninstall"), playCluster(running)]);
    expect([uninstalled.code, uninstalled.err]).toEqual([0, ""]);
    expect(await world.weights("web")).toBe("100/0");
    expect((await world.object("web")).metadata.annotations).toBeUndefined();
    for (const object of await render(["--set", `watchNamespaces={${WATCHED.join(",")}}`]))
      expect([object.kind, (await world.admin("GET", `${await pathOf(object)}/${object.metadata.name}`)).status]).toEqual([
        object.kind,
        404,
      ]);
  });
});
