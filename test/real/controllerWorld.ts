import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type PlainAnswer, send } from "../world/plainHttp.ts";
import { applyRbac } from "./harness/applyManifest.ts";
import { existingCluster } from "./harness/existingCluster.ts";
import type { KubeApiserver } from "./harness/kubeApiserver.ts";
import { freePort, guard } from "./harness/serverProcess.ts";
import { clusterStage, ownStage, type Stage } from "./harness/stage.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Short waits, so that a test can include a whole failover and return. */
const RULES = `version: 1
rules:
  - name: real
    signals:
      readiness: {minReady: 1}
      successRate: {failBelow: 90%, recoverAbove: 98%, window: 10s, minRequests: 10}
    failAfter: 4s
    recoverAfter: 3s
    return: {steps: [5%, 25%, 50%], every: 3s}
`;

/** A real API server with the objects that a test needs. */
export class ControllerWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "linkerd-failover-real-"));
  readonly stage: Stage;

  private constructor(stage: Stage) {
    this.stage = stage;
    writeFileSync(join(this.folder, "kubeconfig"), this.apiserver.kubeconfig("controller"));
    writeFileSync(join(this.folder, "rules.yaml"), RULES);
  }

  /** Starts it with permissions in all namespaces, or only in the watched ones. In an existing cluster, only in the test's own. */
  static async start(watched: readonly string[] = []): Promise<ControllerWorld> {
    const cluster = existingCluster();
    if (cluster !== null) return new ControllerWorld(await clusterStage(cluster));
    const world = await ControllerWorld.withoutRights(watched);
    await applyRbac(world.apiserver.as("admin"), watched);
    return world;
  }

  /** Starts it without any permissions for the controller. */
  static async withoutRights(namespaces: readonly string[] = []): Promise<ControllerWorld> {
    const world = new ControllerWorld(await ownStage());
    for (const name of new Set(["shop", ...namespaces])) await world.admin("POST", "/api/v1/namespaces", { metadata: { name } });
    return world;
  }

  get apiserver(): KubeApiserver {
    return this.stage.apiserver;
  }

  admin(method: string, path: string, body?: unknown, type?: string): Promise<PlainAnswer> {
    return send(this.apiserver.as("admin"), method, path, body, type);
  }

  /** Path of a kubeconfig for the controller that points to another server, for example a proxy. */
  kubeconfigVia(server: string): string {
    const path = join(this.folder, `kubeconfig-${new URL(server).port}`);
    writeFileSync(path, this.apiserver.kubeconfig("controller", server));
    return path;
  }

  /** Creates a namespace in which the controller may have its Lease, in addition to that of the installation. */
  async leaseNamespace(name: string): Promise<void> {
    await this.admin("POST", "/api/v1/namespaces", { metadata: { name } });
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces`;
    for (const resource of ["roles", "rolebindings"]) {
      const { body } = await this.admin("GET", `${rbac}/linkerd-failover/${resource}/linkerd-failover`);
      await this.admin("POST", `${rbac}/${name}/${resource}`, { ...body, metadata: { name: "linkerd-failover" } });
    }
  }

  /** Creates a managed TrafficSplit over `NAME` and `NAME-east`, each with one ready endpoint. */
  async split(name: string, weights: readonly [unknown, unknown] = [100, 0]): Promise<void> {
    for (const service of [name, `${name}-east`]) await this.service(service);
    const backends = [name, `${name}-east`].map((service, i) => ({ service, weight: weights[i] }));
    const labels = { ...this.stage.managed, team: "shop" };
    // Only the older version accepts weights as text.
    const version = weights.some((weight) => typeof weight === "string") ? "v1alpha1" : "v1alpha2";
    const metadata = { name, labels };
    const object = { apiVersion: `split.smi-spec.io/${version}`, kind: "TrafficSplit", metadata, spec: { service: name, backends } };
    const { status, body } = await this.admin("POST", this.#splits(version), object);
    if (status !== 201) throw new Error(JSON.stringify(body));
  }

  /** Creates a Service without a selector and with one ready endpoint; tests set its endpoints. */
  async service(name: string): Promise<void> {
    await this.admin("POST", `/api/v1/namespaces/${this.stage.shop}/services`, { metadata: { name }, spec: { ports: [{ port: 80 }] } });
    await this.ready(name, true);
  }

  /** Gives a Service one endpoint, ready or not ready. */
  async ready(service: string, ready: boolean, namespace = this.stage.shop): Promise<void> {
    const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    const slice = this.#slice(service, ready);
    const { status } = await this.admin("POST", slices, slice);
    if (status === 409) await this.admin("PATCH", `${slices}/${service}-1`, { endpoints: slice.endpoints }, "application/merge-patch+json");
  }

  /** Sets labels of a TrafficSplit; null removes one. */
  async label(name: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    await this.admin("PATCH", `${this.#splits()}/${name}`, { metadata: { labels } }, "application/merge-patch+json");
  }

  /** Removes the label by which the controller manages a route. */
  async release(name: string): Promise<void> {
    await this.label(name, Object.fromEntries(Object.keys(this.stage.managed).map((label) => [label, null])));
  }

  async object(name: string): Promise<PlainAnswer["body"]> {
    return (await this.admin("GET", `${this.#splits()}/${name}`)).body;
  }

  async weights(name: string): Promise<string> {
    const object = await this.object(name);
    return (object.spec.backends as { weight: unknown }[]).map(({ weight }) => String(weight)).join("/");
  }

  async untilWeights(name: string, wanted: string, limitMs?: number): Promise<void> {
    await until(
      `${name} at ${wanted}`,
      () => this.weights(name),
      (seen) => seen === wanted,
      limitMs,
    );
  }

  async events(name: string): Promise<readonly string[]> {
    const { body } = await this.admin("GET", `/apis/events.k8s.io/v1/namespaces/${this.stage.shop}/events`);
    const items = body.items as { regarding: { name: string }; reason: string; reportingController: string }[];
    return items.filter((e) => e.regarding.name === name && e.reportingController === "linkerd-failover").map((e) => e.reason);
  }

  get leasePath(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.stage.home}/leases/linkerd-failover`;
  }

  async stop(): Promise<void> {
    await this.apiserver.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #splits(version = "v1alpha2"): string {
    return `/apis/split.smi-spec.io/${version}/namespaces/${this.stage.shop}/trafficsplits`;
  }

  #slice(service: string, ready: boolean) {
    return {
      metadata: { name: `${service}-1`, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      ports: [{ port: 8080 }],
      endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready } }],
    };
  }
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
}

/** How to start the process. */
export interface Launch {
  /** Arguments of node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program that then executes node, and its arguments. */
  readonly through?: readonly string[];
  /** File descriptor that its log goes to, instead of `log`. */
  readonly logTo?: number;
}

/** One process of the controller. */
export class Replica {
  readonly child: ChildProcess;
  readonly adminUrl: string;
  log = "";

  private constructor(child: ChildProcess, adminUrl: string, folder: string) {
    this.child = child;
    // An aborted test run must not leave a controller behind in an existing cluster.
    const watcher = child.pid === undefined ? null : guard(child.pid, folder);
    child.once("exit", () => watcher?.stdin?.end("done\n"));
    this.adminUrl = adminUrl;
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (this.log += String(chunk)));
  }

  static async start(world: ControllerWorld, settings: Readonly<Record<string, string>> = {}, launch: Launch = {}): Promise<Replica> {
    const all = {
      kubeconfig: join(world.folder, "kubeconfig"),
      rules: join(world.folder, "rules.yaml"),
      interval: "1s",
      "admin-address": `127.0.0.1:${await freePort()}`,
      ...settings,
    };
    const args = [join(ROOT, "src/main.ts"), "run", ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])];
    const [program = "", ...words] = [...(launch.through ?? []), process.execPath, ...(launch.nodeArgs ?? []), ...args];
    const options = { cwd: launch.cwd ?? ROOT, env: { ...process.env, ...world.stage.env, ...launch.env } };
    return new Replica(
      spawn(program, words, { ...options, stdio: ["ignore", "pipe", launch.logTo ?? "pipe"] }),
      `http://${all["admin-address"]}`,
      world.folder,
    );
  }

  async status(path: string): Promise<number> {
    return fetch(this.adminUrl + path).then(
      (answer) => answer.status,
      () => 0,
    );
  }

  async untilReady(): Promise<void> {
    await until(
      "the replica to be ready",
      () => this.#alive(this.status("/readyz")),
      (status) => status === 200,
    );
  }

  async untilLeading(limitMs?: number): Promise<void> {
    await until(
      "the replica to lead",
      () => this.#alive(this.metric("leader")),
      (leader) => leader === 1,
      limitMs,
    );
  }

  /** Waits for a text in the log. */
  async untilSaid(text: string, limitMs?: number): Promise<void> {
    await until(
      `the log to say "${text}"`,
      async () => this.log,
      (log) => log.includes(text),
      limitMs,
    );
  }

  /** Sends a signal that does not end the process. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.child.kill(signal);
  }

  /** The log lines that are JSON. */
  lines(): readonly LogLine[] {
    return this.log
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as LogLine);
  }

  async json(path: string): Promise<PlainAnswer["body"]> {
    return (await fetch(this.adminUrl + path)).json();
  }

  /** Value of the first series whose line begins with this text; null if there is none. */
  async metric(series: string): Promise<number | null> {
    const text = await fetch(`${this.adminUrl}/metrics`).then(
      (answer) => answer.text(),
      () => "",
    );
    const line = text.split("\n").find((l) => l.startsWith(`linkerd_failover_${series}`));
    return line === undefined ? null : Number(line.split(" ").at(-1));
  }

  /** The promise itself. Throws if the replica has already ended, so that a test does not wait in vain. */
  async #alive<T>(read: Promise<T>): Promise<T> {
    const { exitCode } = this.child;
    if (exitCode !== null) throw new Error(`the replica ended with ${exitCode}:\n${this.log}`);
    return read;
  }

  /** Sends a signal and resolves with the exit code, or the signal that ended it. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | string | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode ?? this.child.signalCode;
    const ended = new Promise<number | string | null>((resolve) => this.child.once("exit", (code, by) => resolve(code ?? by)));
    this.child.kill(signal);
    return ended;
  }
}

/** Polls until the read value is as wanted, and returns it. On a timeout the error names what it waited for and the last value. */
export async function until<T>(what: string, read: () => Promise<T>, wanted: (seen: T) => boolean, limitMs = 60_000): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const seen = await read();
    if (wanted(seen)) return seen;
    if (performance.now() > deadlineMs) throw new Error(`waited ${limitMs} ms for ${what}; last seen: ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}
