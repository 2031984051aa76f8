import { type ControllerCore, createController } from "../../src/cli/wiring/createController.ts";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { kubeConfigFor } from "../kube/wire.ts";
import { type ApiDouble, startApiDouble } from "../world/apiDouble.ts";

const MANAGED = { "failover.linkerd.io/controlled-by": "linkerd-failover" };
const GATEWAY = "gateway.networking.k8s.io/v1";

/** Readiness alone, as in Linkerd's linkerd-failover, and waits that are short enough for a test. */
const RULES = `version: 1
rules:
  - name: compat
    signals: {readiness: {}}
    recoverAfter: 1s
    return: {steps: [], every: 1s}
`;

interface Spec {
  readonly backends: readonly { readonly weight: unknown }[];
  readonly rules: readonly { readonly backendRefs: readonly { readonly weight: unknown }[] }[];
}

/** The whole controller against an API double, with the objects that users of Linkerd's linkerd-failover have in their clusters. */
export class CompatWorld {
  readonly double: ApiDouble;
  readonly warnings: string[] = [];
  readonly #controller: ControllerCore;

  private constructor(double: ApiDouble) {
    this.double = double;
    const parsed = parseRules(RULES, "compat");
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { rules } = parsed;
    const ignore = () => undefined;
    this.#controller = createController({
      settings: { watchNamespaces: [], namespace: "linkerd-failover", intervalMs: 200, dryRun: false, leaderElect: false },
      kube: createKubeApi(kubeConfigFor(double.url)),
      prometheus: null,
      rules: { current: () => rules, reload: () => ({ ok: true, atMs: 0 }) },
      log: { debug: ignore, info: ignore, warn: (_, text) => void this.warnings.push(text) },
      telemetry: { ticked: ignore, held: ignore, reapplied: ignore, settled: ignore },
      identity: "compat",
      random: () => 0.5,
      nowMs: () => Date.now(),
    });
  }

  static async start(prepare: (world: CompatWorld) => void): Promise<CompatWorld> {
    const world = new CompatWorld(await startApiDouble());
    prepare(world);
    world.#controller.start();
    return world;
  }

  async stop(): Promise<void> {
    await this.#controller.stop();
    await this.double.close();
  }

  /** Applies a TrafficSplit with these backends and weights, as `{web: 1, east: 0}`. */
  split(name: string, backends: Readonly<Record<string, unknown>>, version = "v1alpha2"): void {
    const list = Object.entries(backends).map(([service, weight]) => ({ service, weight }));
    const metadata = { name, namespace: "shop", labels: MANAGED };
    this.double.apply({
      apiVersion: `split.smi-spec.io/${version}`,
      kind: "TrafficSplit",
      metadata,
      spec: { service: name, backends: list },
    });
  }

  httpRoute(name: string, backendRefs: readonly object[]): void {
    const metadata = { name, namespace: "shop", labels: MANAGED };
    const spec = { parentRefs: [{ group: "core", kind: "Service", name, port: 80 }], rules: [{ backendRefs }] };
    this.double.apply({ apiVersion: GATEWAY, kind: "HTTPRoute", metadata, spec });
  }

  ready(service: string, isReady: boolean, namespace = "shop"): void {
    this.double.apply({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace, name: `${service}-1`, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: isReady } }],
    });
  }

  /** The live weights of a TrafficSplit, as `1/0`. */
  weights(name: string): string {
    const { backends } = this.#specAt(`/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/${name}`);
    return backends.map(({ weight }) => weight).join("/");
  }

  routeWeights(name: string): string {
    const { rules } = this.#specAt(`/apis/${GATEWAY}/namespaces/shop/httproutes/${name}`);
    return (rules[0]?.backendRefs ?? []).map(({ weight }) => weight).join("/");
  }

  /** The reason of each Event of a route. */
  events(name: string): readonly string[] {
    const events = this.double.list("/apis/events.k8s.io/v1/namespaces/shop/events") as unknown as {
      reason: string;
      regarding: { name: string };
    }[];
    return events.filter(({ regarding }) => regarding.name === name).map(({ reason }) => reason);
  }

  patches(name: string): number {
    return this.double.requests.filter(({ method, path }) => method === "PATCH" && path.includes(`/${name}?`)).length;
  }

  #specAt(path: string): Spec {
    const object = this.double.get(path);
    if (object === null) throw new Error(`${path} is gone`);
    return object["spec"] as Spec;
  }
}
