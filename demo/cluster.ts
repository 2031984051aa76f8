import { isDeepStrictEqual } from "node:util";
import { type ApiDouble, startApiDouble } from "../test/world/apiDouble.ts";
import type { ApiObject } from "../test/world/apiResource.ts";
import type { Weighted } from "./pickBackend.ts";
import { CONTROL, CONTROLLER_NAMESPACE, MANAGED, NAMESPACE, PODS_A_BACKEND } from "./plan.ts";
import type { RouteKind } from "./routeKind.ts";
import { type Pod, startPod } from "./service.ts";
import type { Weights } from "./story.ts";

/** The cluster of the demo: its API, and the pods behind its Services. */
export interface Cluster {
  readonly apiUrl: string;
  kubeconfig(): string;
  readonly primaryPods: readonly Pod[];
  /** Calls back with the weights of the managed route whenever they change. */
  onWeights(listener: (weights: Weights) => void): void;
  /** Whether labels and spec of the managed route are the owner's now, and only weights differed before. */
  ownersPartKept(): boolean;
  close(): Promise<void>;
}

const OWNER = "shop-team";

/** Starts the API and the pods, and creates the objects of the owner. */
export async function startCluster(route: RouteKind): Promise<Cluster> {
  const api = await startApiDouble();
  const primaryPods = await Promise.all(podNames("web").map(startPod));
  const standbyPods = await Promise.all(podNames("web-east").map(startPod));
  for (const name of [NAMESPACE, CONTROLLER_NAMESPACE]) api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, OWNER);
  for (const { primary, standby } of [MANAGED, CONTROL]) {
    applyService(api, primary, primaryPods);
    applyService(api, standby, standbyPods);
  }
  const written = api.apply(route.write(MANAGED, NAMESPACE, { "failover.linkerd.io/controlled-by": "linkerd-failover" }), OWNER);
  api.apply(route.write(CONTROL, NAMESPACE, {}), OWNER);
  let onlyWeightsChanged = true;
  onManaged(api, route, (object) => {
    onlyWeightsChanged &&= isDeepStrictEqual(withoutWeights(ownersPart(object)), withoutWeights(ownersPart(written)));
  });
  return {
    apiUrl: api.url,
    kubeconfig: () => api.kubeconfig(),
    primaryPods,
    onWeights: (listener) => {
      let last: Weights = { primary: 100, standby: 0 };
      onManaged(api, route, (object) => {
        const weights = weightsOf(route.weights({ spec: object["spec"], status: object["status"] }));
        if (isDeepStrictEqual(weights, last)) return;
        last = weights;
        listener(weights);
      });
    },
    ownersPartKept: () => {
      const now = api.get(`${route.collection(NAMESPACE)}/${MANAGED.route}`);
      return onlyWeightsChanged && now !== null && isDeepStrictEqual(ownersPart(now), ownersPart(written));
    },
    close: async () => {
      await Promise.all([api.close(), ...[...primaryPods, ...standbyPods].map((pod) => pod.close())]);
    },
  };
}

/** Calls back with the managed route after every write to it. */
function onManaged(api: ApiDouble, { kind }: RouteKind, listener: (object: ApiObject) => void): void {
  api.onWrite(({ resource, object }) => {
    if (resource.kind === kind && object.metadata.name === MANAGED.route) listener(object);
  });
}

function ownersPart({ spec, metadata }: ApiObject): object {
  return { spec, labels: metadata.labels };
}

function withoutWeights(part: object): unknown {
  return JSON.parse(JSON.stringify(part, (key, value: unknown) => (key === "weight" ? undefined : value)));
}

function podNames(deployment: string): string[] {
  return Array.from({ length: PODS_A_BACKEND }, (_, at) => `${deployment}-6d9f7c5b8-${"bcdfg"[at]}x2kq`);
}

/** Each pod has its own port on the loopback address, and so its own EndpointSlice. A real cluster would refuse that address. */
function applyService(api: ApiDouble, name: string, pods: readonly Pod[]): void {
  const metadata = { name, namespace: NAMESPACE };
  api.apply(
    { apiVersion: "v1", kind: "Service", metadata, spec: { type: "ClusterIP", ports: [{ name: "http", port: 80, protocol: "TCP" }] } },
    OWNER,
  );
  for (const [at, pod] of pods.entries()) {
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-${at}`, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [
        {
          addresses: ["127.0.0.1"],
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: "Pod", name: pod.name, namespace: NAMESPACE },
        },
      ],
      ports: [{ name: "http", port: pod.port, protocol: "TCP" }],
    };
    api.apply(slice, "endpointslice-controller");
  }
}

function weightsOf(backends: readonly Weighted[]): Weights {
  const weight = (name: string): number => backends.find(({ service }) => service === name)?.weight ?? Number.NaN;
  return { primary: weight(MANAGED.primary), standby: weight(MANAGED.standby) };
}
