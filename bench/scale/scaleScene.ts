import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ControllerWorld, until } from "../../test/real/controllerWorld.ts";
import { applyGatewayApi } from "../../test/real/harness/applyManifest.ts";
import { freePort } from "../../test/real/harness/serverProcess.ts";
import { openPlainWatch } from "../../test/world/plainHttp.ts";
import { imageFlags } from "../imageFlags.ts";

/** The bundle, as users run it. */
const PROGRAM = join(import.meta.dirname, "../../dist/linkerd-failover.js");
const SETTLE_LIMIT_MS = 170_000;
const WRITERS = 16;
const GATEWAY_API = "1.2.1";
const NAMESPACE = "shop";

export type ScaleKind = "TrafficSplit" | "HTTPRoute";

const PATHS: Readonly<Record<ScaleKind, string>> = {
  TrafficSplit: `/apis/split.smi-spec.io/v1alpha2/namespaces/${NAMESPACE}/trafficsplits`,
  HTTPRoute: `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes`,
};

/** The default rule without the brakes that would hold a failure of all routes. */
const RULES = `version: 1
rules: [{name: default}]
brakes: {maxShifted: {share: 100%, atLeast: 100000}, signalLoss: 100%}
`;

/** What another watcher saw of a route last: its weights, and when. */
export interface Sighting {
  readonly weights: string;
  readonly atMs: number;
}

export interface SceneOptions {
  /** Program to measure; the bundle of this folder unless it is given. */
  readonly program?: string;
  readonly prometheusUrl?: string;
}

/**
 * A real kube-apiserver with N routes, and one controller as a process of its own. Measurements read the process from outside. A row
 * of the scale bench is a function that sets up such a scene.
 */
export class ScaleScene {
  readonly world: ControllerWorld;
  readonly seen: Readonly<Record<ScaleKind, Map<string, Sighting>>> = { TrafficSplit: new Map(), HTTPRoute: new Map() };
  #child: ChildProcess | null = null;
  #address = "";
  #isStopped = false;

  private constructor(world: ControllerWorld) {
    this.world = world;
  }

  static async open(): Promise<ScaleScene> {
    const scene = new ScaleScene(await ControllerWorld.start());
    await applyGatewayApi(scene.world.apiserver.as("admin"), GATEWAY_API);
    writeFileSync(join(scene.world.folder, "rules.yaml"), RULES);
    for (const kind of ["TrafficSplit", "HTTPRoute"] as const) await scene.#follow(kind);
    return scene;
  }

  /** Starts the controller, and waits until it is ready and leads. Returns how long it took to be ready, in milliseconds. */
  async start({ program = PROGRAM, prometheusUrl }: SceneOptions = {}): Promise<number> {
    this.#address = `127.0.0.1:${await freePort()}`;
    const { folder } = this.world;
    const settings = {
      kubeconfig: join(folder, "kubeconfig"),
      rules: join(folder, "rules.yaml"),
      "admin-address": this.#address,
      "max-routes-per-namespace": "100000",
      "log-level": "warn",
      ...(prometheusUrl === undefined ? {} : { "prometheus-url": prometheusUrl }),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const fromMs = performance.now();
    const probed = ["--import", join(import.meta.dirname, "../loopProbe.ts")];
    const child = spawn(process.execPath, [...imageFlags(), ...probed, program, "run", ...args], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, LOOP_PROBE_FILE: this.#probeFile },
    });
    this.#child = child;
    const status = () => {
      if (child.exitCode !== null) throw new Error(`the controller ended with ${child.exitCode}`);
      return fetch(`http://${this.#address}/readyz`).then(
        (answer) => answer.status,
        () => 0,
      );
    };
    await until(
      "the controller",
      async () => status(),
      (code) => code === 200,
      SETTLE_LIMIT_MS,
    );
    const readyMs = performance.now() - fromMs;
    await until(
      "leadership",
      () => this.metric("leader"),
      (leader) => leader === 1,
    );
    return readyMs;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Begins to measure the longest block of the loop. */
  measureBlocks(): void {
    this.#child?.kill("SIGUSR2");
  }

  /** Ends the controller. Returns the longest block of its loop, in milliseconds of processor time. */
  async endAndReadBlock(): Promise<number> {
    const ended = new Promise((resolve) => this.#child?.once("exit", resolve));
    this.#child?.kill("SIGTERM");
    await ended;
    return Number(readFileSync(this.#probeFile, "utf8"));
  }

  get #probeFile(): string {
    return join(this.world.folder, "longest-block");
  }

  /** The sum of all series of one of our metrics. */
  metric(name: string): Promise<number> {
    return this.ownMetric(`linkerd_failover_${name}`);
  }

  /** The same of any metric of the process. */
  async ownMetric(name: string): Promise<number> {
    const text = await fetch(`http://${this.#address}/metrics`).then((answer) => answer.text());
    const lines = text.split("\n").filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }

  /** Deletes a TrafficSplit, and creates it again with all weight on its primary. */
  async recreate(name: string): Promise<void> {
    await this.world.admin("DELETE", `${PATHS.TrafficSplit}/${name}`);
    await this.world.split(name);
  }

  /** Creates a TrafficSplit for each name, each over two Services of its own. */
  async splits(names: readonly string[]): Promise<void> {
    await sideBySide(names, (name) => this.world.split(name));
  }

  /** Creates an HTTPRoute for each name, all over the Services `all` and `all-east`. */
  async httpRoutes(names: readonly string[]): Promise<void> {
    for (const service of ["all", "all-east"]) await this.world.service(service);
    const backendRefs = [
      { name: "all", port: 80, weight: 100 },
      { name: "all-east", port: 80, weight: 0 },
    ];
    const labels = this.world.stage.managed;
    const parentRefs = [{ group: "", kind: "Service", name: "all", port: 80 }];
    await sideBySide(names, async (name) => {
      const object = {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name, labels },
        spec: { parentRefs, rules: [{ backendRefs }] },
      };
      const { status, body } = await this.world.admin("POST", PATHS.HTTPRoute, object);
      if (status !== 201) throw new Error(JSON.stringify(body));
    });
  }

  /** Waits until another watcher has seen these weights of all the routes; returns when each of them was first seen, by name. */
  async shifted(kind: ScaleKind, names: readonly string[], weights: string): Promise<ReadonlyMap<string, number>> {
    const seen = this.seen[kind];
    const left = async () => names.filter((name) => seen.get(name)?.weights !== weights).length;
    await until(`all routes to have ${weights}`, left, (count) => count === 0, SETTLE_LIMIT_MS);
    return new Map(names.map((name) => [name, seen.get(name)?.atMs ?? Number.NaN]));
  }

  /** Ends the controller, and leaves the API server. */
  end(): void {
    this.#child?.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.end();
    await this.world.stop();
  }

  async #follow(kind: ScaleKind): Promise<void> {
    const seen = this.seen[kind];
    const follow = async () => {
      for (;;) {
        const watch = await openPlainWatch(this.world.apiserver.as("admin"), `${PATHS[kind]}?watch=true&allowWatchBookmarks=true`);
        for (let event = await watch.next(); event !== null; event = await watch.next()) {
          const spec = event.object?.spec;
          const backends = (spec?.backends ?? spec?.rules?.[0]?.backendRefs ?? []) as { weight: unknown }[];
          const weights = backends.map(({ weight }) => String(weight)).join("/");
          const name = event.object?.metadata?.name;
          if (seen.get(name)?.weights !== weights) seen.set(name, { weights, atMs: performance.now() });
        }
      }
    };
    // At the end the server stops during the watch.
    const again = (): void => void follow().catch(() => (this.#isStopped ? undefined : again()));
    again();
  }
}

export async function sideBySide(names: readonly string[], work: (name: string) => Promise<void>, atATime = WRITERS): Promise<void> {
  const left = [...names];
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
