import { createKubeApi } from "../../../../src/kube/createKubeApi.ts";
import type { KubeApi } from "../../../../src/kube/kubeApi.ts";
import { STATE_ANNOTATION, writeMemory } from "../../../../src/routes/memory.ts";
import type { Memory, Spelling } from "../../../../src/routes/route.ts";
import { kubeConfigFor } from "../../../kube/wire.ts";
import { type ApiDouble, startApiDouble } from "../../../world/apiDouble.ts";

export const MANAGED = { "failover.linkerd.io/controlled-by": "linkerd-failover" };

export interface Cluster {
  readonly double: ApiDouble;
  readonly kube: KubeApi;
}

export async function startCluster(): Promise<Cluster> {
  const double = await startApiDouble();
  return { double, kube: createKubeApi(kubeConfigFor(double.url)) };
}

export interface More {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A TrafficSplit over `NAME` and `east`. */
export function trafficSplit(name: string, weights: readonly [Spelling, Spelling], more: More = {}): object {
  const backends = [name, "east"].map((service, i) => ({ service, weight: weights[i] }));
  const metadata = { name, namespace: "shop", labels: MANAGED, ...more };
  // Only the older version accepts weights that are strings.
  const version = weights.some((weight) => typeof weight === "string") ? "v1alpha1" : "v1alpha2";
  return { apiVersion: `split.smi-spec.io/${version}`, kind: "TrafficSplit", metadata, spec: { service: name, backends } };
}

/** The same, failed over by us from this baseline. */
export function shifted(name: string, baseline: readonly [Spelling, Spelling], more: More = {}): object {
  const memory: Memory = {
    splits: { "0": { baseline: { [name]: [baseline[0]], east: [baseline[1]] }, written: { [name]: 0, east: 100 } } },
    backends: {},
  };
  return trafficSplit(name, [0, 100], { ...more, annotations: { [STATE_ANNOTATION]: writeMemory(memory), ...more.annotations } });
}

export function pathOf(name: string, namespace = "shop"): string {
  return `/apis/split.smi-spec.io/v1alpha2/namespaces/${namespace}/trafficsplits/${name}`;
}

/** The live weights, such as `100/0`, and `+state` if our annotation exists. */
export function stateOf({ double }: Cluster, name: string, namespace = "shop"): string {
  const object = double.get(pathOf(name, namespace)) as unknown as { metadata: More; spec: { backends: { weight: Spelling }[] } };
  const weights = object.spec.backends.map(({ weight }) => weight).join("/");
  return object.metadata.annotations?.[STATE_ANNOTATION] === undefined ? weights : `${weights} +state`;
}
