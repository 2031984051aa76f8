import { isDeepStrictEqual } from "node:util";
import { type ApiDouble, startApiDouble } from "../test/world/apiDouble.ts";
import { CONTROL, CONTROLLER_NAMESPACE, MANAGED, NAMESPACE, PODS_A_BACKEND } from "./plan.ts";
import { type Pod, startPod } from "./service.ts";
import type { Weights } from "./story.ts";

/** The cluster of the demo: its API, and the pods behind its Services. */
export interface Cluster {
  readonly apiUrl: string;
  kubeconfig(): string;
  readonly primaryPods: readonly Pod[];
  /** Calls back with the managed TrafficSplit's weights whenever its spec was written with other weights. */
  onWeights(listener: (weights: Weights) => void): void;
  /** Everything that the owner wrote into the managed TrafficSplit, to see at the end that it is as it was. */
  ownersPart(): unknown;
  close(): Promise<void>;
}

const SPLIT_PATH = `/apis/split.smi-spec.io/v1alpha2/namespaces/${NAMESPACE}/trafficsplits/${MANAGED.split}`;
const OWNER = "shop-team";

/** Starts the API and the pods, and writes what the owner of the shop would have written. */
export async function startCluster(): Promise<Cluster> {
  const api = await startApiDouble();
  const primaryPods = await Promise.all(podNames("web").map(startPod));
  const standbyPods = await Promise.all(podNames("web-east").map(startPod));
  for (const name of [NAMESPACE, CONTROLLER_NAMESPACE]) api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, OWNER);
  for (const { primary, standby } of [MANAGED, CONTROL]) {
    applyService(api, primary, primaryPods);
    applyService(api, standby, standbyPods);
  }
  api.apply(trafficSplit(MANAGED, { "failover.linkerd.io/controlled-by": "linkerd-failover" }), OWNER);
  api.apply(trafficSplit(CONTROL, {}), OWNER);
  return {
    apiUrl: api.url,
    kubeconfig: () => api.kubeconfig(),
    primaryPods,
    onWeights: (listener) => {
      let last: Weights = { primary: 100, standby: 0 };
      api.onWrite(({ resource, object }) => {
        if (resource.plural !== "trafficsplits" || object.metadata.name !== MANAGED.split) return;
        const weights = weightsOf(object["spec"] as SplitSpec);
        if (isDeepStrictEqual(weights, last)) return;
        last = weights;
        listener(weights);
      });
    },
    ownersPart: () => {
      const split = api.get(SPLIT_PATH);
      return { spec: split?.["spec"], labels: split?.metadata.labels };
    },
    close: async () => {
      await Promise.all([api.close(), ...[...primaryPods, ...standbyPods].map((pod) => pod.close())]);
    },
  };
}

type Pair = typeof MANAGED | typeof CONTROL;

function trafficSplit({ split, primary, standby }: Pair, labels: Readonly<Record<string, string>>): object {
  return {
    apiVersion: "split.smi-spec.io/v1alpha2",
    kind: "TrafficSplit",
    metadata: { name: split, namespace: NAMESPACE, labels },
    spec: {
      service: split,
      backends: [
        { service: primary, weight: 100 },
        { service: standby, weight: 0 },
      ],
    },
  };
}

function podNames(deployment: string): string[] {
  return Array.from({ length: PODS_A_BACKEND }, (_, at) => `${deployment}-6d9f7c5b8-${"bcdfg"[at]}x2kq`);
}

/** Every pod has a port of its own on the loopback, and so a slice of its own; a real cluster would refuse that address. */
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

interface SplitSpec {
  readonly backends: readonly { readonly service: string; readonly weight: number }[];
}

function weightsOf({ backends }: SplitSpec): Weights {
  const weight = (name: string): number => backends.find(({ service }) => service === name)?.weight ?? Number.NaN;
  return { primary: weight(MANAGED.primary), standby: weight(MANAGED.standby) };
}
