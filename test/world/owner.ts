import type { Spelling } from "../../src/routes/route.ts";
import { weightOf } from "../../src/routes/weight.ts";
import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import { type Dice } from "./dice.ts";
import { drawWeights, type SceneSplit } from "./scene.ts";
import { weightsOf } from "./simulatedMesh.ts";

const MANAGED_LABEL = "failover.linkerd.io/controlled-by";
const MANAGED = { [MANAGED_LABEL]: "linkerd-failover" };

/** Who owns the TrafficSplits and the Services: what they want stands here, whatever the cluster has. */
export class Owner {
  /** By `NAMESPACE/NAME`: the weights that the owner wrote last. */
  readonly wants = new Map<string, readonly Spelling[]>();
  readonly #double: ApiDouble;
  /** By `NAMESPACE/NAME`: what our controller wrote last. */
  readonly #ours = new Map<string, ApiObject>();

  constructor(double: ApiDouble) {
    this.#double = double;
    double.onWrite(({ resource, manager, object }) => {
      if (resource.plural !== "trafficsplits" || manager !== "linkerd-failover") return;
      this.#ours.set(`${object.metadata.namespace}/${object.metadata.name}`, object);
    });
  }

  /** Creates a TrafficSplit and the Services behind it. */
  create(split: SceneSplit, managed: boolean): void {
    const { namespace, backends } = split;
    for (const name of backends) {
      this.#double.apply({ apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { ports: [{ port: 80 }] } });
      this.setReady(namespace, name, true);
    }
    if (managed) this.wants.set(`${namespace}/${split.name}`, split.weights);
    this.#double.apply(objectOf(split, split.weights, { labels: { ...(managed ? MANAGED : {}), team: "web" } }), "kubectl");
  }

  setReady(namespace: string, service: string, ready: boolean): void {
    this.#double.apply({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${service}-1`, namespace, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      ports: [{ port: 8080 }],
      endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready } }],
    });
  }

  /** Writes other weights; our annotation stays, as with `kubectl edit`. */
  edit(split: SceneSplit, dice: Dice): readonly Spelling[] {
    const weights = drawWeights(dice, split.backends.length);
    // Weights that stand there, or that the controller wrote last, are no edit that anyone could tell for one.
    const known = [this.#read(split), this.#ours.get(keyOf(split))].filter((object) => object !== undefined);
    const isNews = known.every((object) => !sameShares(weights.map(weightOf), weightsOf(object).map(weightIn)));
    if (!isNews) return this.edit(split, dice);
    this.wants.set(keyOf(split), weights);
    this.#write(split, weights, this.#read(split).metadata.annotations);
    return weights;
  }

  /** Puts the owner's weights over ours, as a GitOps controller does; one that prunes takes the annotation along. */
  reapply(split: SceneSplit, prunes: boolean): void {
    const { annotations } = this.#read(split).metadata;
    this.#write(split, this.wants.get(keyOf(split)) ?? split.weights, prunes ? undefined : annotations);
  }

  /** Sets an annotation, or takes it away where there is no text. */
  annotate(split: SceneSplit, name: string, text: string | null): void {
    const current = this.#read(split);
    const { [name]: _, ...others } = current.metadata.annotations ?? {};
    const annotations = text === null ? others : { ...others, [name]: text };
    this.#double.apply({ ...current, metadata: { ...current.metadata, annotations } }, "kubectl");
  }

  /** Takes the label away that makes a TrafficSplit ours, or gives it back. */
  manage(split: SceneSplit, managed: boolean): void {
    const current = this.#read(split);
    const { [MANAGED_LABEL]: _, ...others } = current.metadata.labels ?? {};
    const labels = managed ? { ...others, ...MANAGED } : others;
    this.#double.apply({ ...current, metadata: { ...current.metadata, labels } }, "kubectl");
  }

  #read(split: SceneSplit): ApiObject {
    const object = this.#double.get(splitPath(split.namespace, split.name));
    if (object === null) throw new Error(`${keyOf(split)} is gone`);
    return object;
  }

  #write(split: SceneSplit, weights: readonly Spelling[], annotations: Record<string, string> | undefined): void {
    const { labels } = this.#read(split).metadata;
    this.#double.apply(objectOf(split, weights, { labels, ...(annotations === undefined ? {} : { annotations }) }), "argocd-controller");
  }
}

/** Whether its owner has handed a TrafficSplit to us. */
export function isManaged({ metadata }: ApiObject): boolean {
  return metadata.labels?.[MANAGED_LABEL] === MANAGED[MANAGED_LABEL];
}

export function splitPath(namespace: string, name: string): string {
  return `/apis/split.smi-spec.io/v1alpha2/namespaces/${namespace}/trafficsplits/${name}`;
}

function keyOf({ namespace, name }: SceneSplit): string {
  return `${namespace}/${name}`;
}

/** Only the older version takes weights that are texts. */
function objectOf(split: SceneSplit, weights: readonly Spelling[], metadata: object): object {
  const { namespace, name, backends } = split;
  return {
    apiVersion: `split.smi-spec.io/${weights.some((weight) => typeof weight === "string") ? "v1alpha1" : "v1alpha2"}`,
    kind: "TrafficSplit",
    metadata: { name, namespace, ...metadata },
    spec: { service: name, backends: backends.map((service, i) => ({ service, weight: weights[i] })) },
  };
}

function sameShares(a: readonly number[], b: readonly number[]): boolean {
  const sumA = a.reduce((sum, weight) => sum + weight, 0);
  const sumB = b.reduce((sum, weight) => sum + weight, 0);
  return a.every((weight, i) => Math.abs(weight / sumA - (b[i] ?? 0) / sumB) < 1e-9);
}

function weightIn({ weight }: { readonly weight: number }): number {
  return weight;
}
