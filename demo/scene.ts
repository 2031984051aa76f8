import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, startCluster } from "./cluster.ts";
import { type Controller, startController } from "./controller.ts";
import type { Ending } from "./ending.ts";
import { type MeshClient, startMeshClient } from "./mesh.ts";
import { CONTROL, MANAGED, NAMESPACE, REQUESTS_A_SECOND } from "./plan.ts";
import { startPrometheus } from "./prometheus.ts";
import type { RouteKind } from "./routeKind.ts";

/** The running parts of the demo. */
export interface Scene {
  readonly route: RouteKind;
  readonly cluster: Cluster;
  /** The client of the managed route, and the client of the unmanaged control route. */
  readonly managed: MeshClient;
  readonly control: MeshClient;
  readonly controller: Controller;
}

export interface SceneOptions {
  readonly route: RouteKind;
  readonly prometheusBinary: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly onDeath: (ending: Ending) => void;
  /** Registers a function that runs at the end of the demo, in reverse order. */
  readonly later: (end: () => Promise<unknown>) => void;
}

/** Starts all parts, each after the parts that it needs. */
export async function openScene({ route, prometheusBinary, say, signal, onDeath, later }: SceneOptions): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "linkerd-failover-demo-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  later(() => rm(folder, { recursive: true, force: true }).then(() => process.removeListener("exit", remove)));

  const cluster = await startCluster(route);
  later(() => cluster.close());
  say(`a Kubernetes API with the ${route.kind}s ${MANAGED.route} and ${CONTROL.route} at ${cluster.apiUrl}`);

  const client = async (name: string): Promise<MeshClient> => {
    const started = await startMeshClient({
      apiUrl: cluster.apiUrl,
      namespace: NAMESPACE,
      route,
      name,
      requestsASecond: REQUESTS_A_SECOND,
    });
    later(() => started.close());
    return started;
  };
  const [managed, control] = await Promise.all([client(MANAGED.route), client(CONTROL.route)]);
  say(`two clients, each sending ${REQUESTS_A_SECOND} requests a second by the live weights of its ${route.kind}`);

  const targets = { "web-client": managed.metricsAddress, "control-client": control.metricsAddress };
  const prometheus = await startPrometheus({ binary: prometheusBinary, folder, targets, namespace: NAMESPACE, signal, onDeath });
  later(() => prometheus.child.stop());
  say(`Prometheus ${prometheus.url}`);

  const controller = await startController({ folder, kubeconfig: cluster.kubeconfig(), prometheusUrl: prometheus.url, signal, onDeath });
  later(() => controller.child.stop());
  say(`the controller ${controller.adminUrl}`);
  return { route, cluster, managed, control, controller };
}
