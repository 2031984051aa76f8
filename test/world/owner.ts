import { weightOf } from "../../src/routes/weight.ts";
import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import type { Dice } from "./dice.ts";
import { drawWeights } from "./drawWeights.ts";
import {
  keyOf,
  kindOf,
  objectOf,
  pathOf,
  type SceneBackend,
  type SceneRoute,
  type SceneSplit,
  servicesOf,
  splitsOf,
} from "./sceneRoute.ts";

const MANAGED_LABEL = "failover.linkerd.io/controlled-by";
const MANAGED = { [MANAGED_LABEL]: "linkerd-failover" };
const OUR_MANAGER = "linkerd-failover";
/** Shares closer than this are the same. */
const SAME_SHARE = 1e-9;

/** The pods of a Service: its own one, and those that were added and are not ready yet. */
interface ServicePods {
  ready: boolean;
  added: number;
  /** How often its own pod was replaced. */
  generation: number;
}

/** The owner of the routes and the Services. It keeps what it wants, independent of the cluster. */
export class Owner {
  /** The managed routes as the owner wants them, by `KIND/NAMESPACE/NAME`, including temporarily deleted ones. */
  readonly wants = new Map<string, SceneRoute>();
  readonly #double: ApiDouble;
  /** The last write of our controller, by the same key. */
  readonly #ours = new Map<string, ApiObject>();
  /** By `NAMESPACE/SERVICE`. */
  readonly #podsOf = new Map<string, ServicePods>();
  #services = 0;

  constructor(double: ApiDouble) {
    this.#double = double;
    double.onWrite(({ resource, manager, object }) => {
      const kind = kindOf(resource);
      if (kind === null || manager !== OUR_MANAGER) return;
      this.#ours.set(keyOf({ kind, namespace: object.metadata.namespace ?? "", name: object.metadata.name }), object);
    });
  }

  /** The managed routes as the owner wants them now. */
  routes(): readonly SceneRoute[] {
    return [...this.wants.values()];
  }

  /** Creates a route and its Services. */
  create(route: SceneRoute, managed: boolean): void {
    for (const service of servicesOf(route)) this.createService(route.namespace, service);
    if (managed) this.wants.set(keyOf(route), route);
    this.#double.apply(objectOf(route, { labels: { ...(managed ? MANAGED : {}), team: "web" } }), "kubectl");
  }

  /** Creates a Service with a ready endpoint; labels make it a mirror. */
  createService(namespace: string, name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#double.apply({ apiVersion: "v1", kind: "Service", metadata: { name, namespace, labels }, spec: { ports: [{ port: 80 }] } });
    this.setReady(namespace, name, true);
  }

  setReady(namespace: string, service: string, ready: boolean): void {
    this.#pods(namespace, service).ready = ready;
    this.#writeSlice(namespace, service);
  }

  /** The Service has so many more pods, which are not ready yet; 0: none any more. */
  addPods(namespace: string, service: string, added: number): void {
    this.#pods(namespace, service).added = added;
    this.#writeSlice(namespace, service);
  }

  /** A new pod takes the place of the one that was ready or not; the old one is terminating until the next write. */
  replacePod(namespace: string, service: string): void {
    this.#pods(namespace, service).generation += 1;
    this.#writeSlice(namespace, service);
  }

  #pods(namespace: string, service: string): ServicePods {
    const key = `${namespace}/${service}`;
    const pods = this.#podsOf.get(key) ?? { ready: false, added: 0, generation: 0 };
    this.#podsOf.set(key, pods);
    return pods;
  }

  #writeSlice(namespace: string, service: string): void {
    const { ready, added, generation } = this.#pods(namespace, service);
    const pod = (name: string, conditions: object) => ({
      addresses: ["10.0.0.1"],
      conditions,
      targetRef: { kind: "Pod", name, uid: name },
    });
    this.#double.apply({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${service}-1`, namespace, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      ports: [{ port: 8080 }],
      endpoints: [
        pod(`pod-${generation}`, { ready, serving: ready, terminating: false }),
        ...(generation > 0 ? [pod(`pod-${generation - 1}`, { ready: false, serving: true, terminating: true })] : []),
        ...Array.from({ length: added }, (_, i) => pod(`pod-${generation + 1 + i}`, { ready: false, serving: false, terminating: false })),
      ],
    });
  }

  /** Deletes a route. */
  remove(route: SceneRoute): void {
    this.#ours.delete(keyOf(route));
    if (this.#read(route) !== null) this.#double.remove(pathOf(route));
  }

  /** Creates a deleted route again, without our annotation. */
  restore(route: SceneRoute): void {
    if (this.#read(route) === null) this.#double.apply(objectOf(this.#wanted(route), { labels: { ...MANAGED, team: "web" } }), "kubectl");
  }

  /** Writes other weights and keeps our annotation, as `kubectl edit` does. Null if the route is deleted. */
  edit(given: SceneRoute, dice: Dice): SceneRoute | null {
    const live = this.#read(given);
    if (live === null) return null;
    const route = this.#wanted(given);
    const wanted = { ...route, splits: route.splits.map((split) => redrawn(split, route, dice)) };
    // Weights equal to the live ones or to the controller's last ones cannot be recognized as an edit.
    const known = [live, this.#ours.get(keyOf(route))].filter((object) => object !== undefined);
    if (wanted.splits.some((split) => known.some((object) => sameShares(split, splitsOf(object))))) return this.edit(given, dice);
    this.#write(wanted, wanted.splits, live.metadata.annotations);
    return wanted;
  }

  /** Writes the owner's weights over ours, as a GitOps controller does. With `prunes` it also removes our annotation. */
  reapply(route: SceneRoute, prunes: boolean): void {
    const live = this.#read(route);
    if (live !== null) this.#write(this.#wanted(route), this.#wanted(route).splits, prunes ? undefined : live.metadata.annotations);
  }

  /**
   * Adds a backend to a route's first split: in its manifest, or by hand in the live object, which keeps our shifted weights.
   * Returns its Service; null if the route is deleted.
   */
  addBackend(given: SceneRoute, weight: number, byHand: boolean): string | null {
    const live = this.#read(given);
    if (live === null) return null;
    const route = this.#wanted(given);
    const service = `${route.name}-more${++this.#services}`;
    this.createService(route.namespace, service);
    const added = inFirst(route.splits, (backends) => [...backends, { service, weight }]);
    const written = byHand ? inFirst(splitsOf(live), (backends) => [...backends, { service, weight }]) : added;
    this.#write({ ...route, splits: added }, written, live.metadata.annotations);
    return service;
  }

  /** Removes the last backend from a route's first split in the same two ways, if two remain. Returns its Service. */
  removeBackend(given: SceneRoute, byHand: boolean): string | null {
    const live = this.#read(given);
    const route = this.#wanted(given);
    const backends = route.splits[0]?.backends ?? [];
    const last = backends.at(-1);
    if (live === null || last === undefined || backends.length < 3) return null;
    const without = (all: readonly SceneBackend[]) => all.filter(({ service }) => service !== last.service);
    const left = inFirst(route.splits, without);
    this.#write({ ...route, splits: left }, byHand ? inFirst(splitsOf(live), without) : left, live.metadata.annotations);
    return last.service;
  }

  /** Sets an annotation, or removes it if the text is null. */
  annotate(route: SceneRoute, name: string, text: string | null): void {
    const live = this.#read(route);
    if (live === null) return;
    const { [name]: _, ...others } = live.metadata.annotations ?? {};
    const annotations = text === null ? others : { ...others, [name]: text };
    this.#double.apply({ ...live, metadata: { ...live.metadata, annotations } }, "kubectl");
  }

  /** Adds or removes the label by which the controller manages a route. */
  manage(route: SceneRoute, managed: boolean): void {
    const live = this.#read(route);
    if (live === null) return;
    const { [MANAGED_LABEL]: _, ...others } = live.metadata.labels ?? {};
    const labels = managed ? { ...others, ...MANAGED } : others;
    this.#double.apply({ ...live, metadata: { ...live.metadata, labels } }, "kubectl");
  }

  #wanted(route: SceneRoute): SceneRoute {
    return this.wants.get(keyOf(route)) ?? route;
  }

  /** The live object; null if it is deleted. */
  #read(route: SceneRoute): ApiObject | null {
    return this.#double.get(pathOf(route));
  }

  #write(wanted: SceneRoute, written: readonly SceneSplit[], annotations: Record<string, string> | undefined): void {
    this.wants.set(keyOf(wanted), wanted);
    const { labels } = this.#read(wanted)?.metadata ?? {};
    this.#double.apply(
      objectOf({ ...wanted, splits: written }, { labels, ...(annotations === undefined ? {} : { annotations }) }),
      "argocd-controller",
    );
  }
}

/** Whether a route has our label. */
export function isManaged({ metadata }: ApiObject): boolean {
  return metadata.labels?.[MANAGED_LABEL] === MANAGED[MANAGED_LABEL];
}

function redrawn(split: SceneSplit, { kind }: SceneRoute, dice: Dice): SceneSplit {
  const weights = drawWeights(dice, kind, split.backends.length);
  return { ...split, backends: split.backends.map(({ service }, i) => ({ service, weight: weights[i] ?? 0 })) };
}

function inFirst(
  splits: readonly SceneSplit[],
  change: (backends: readonly SceneBackend[]) => readonly SceneBackend[],
): readonly SceneSplit[] {
  return splits.map((split, i) => (i === 0 ? { ...split, backends: change(split.backends) } : split));
}

/** Whether a split has the same shares as the split of the same name in `others`, over the backends that both have. */
function sameShares(split: SceneSplit, others: readonly SceneSplit[]): boolean {
  const other = new Map(others.find(({ name }) => name === split.name)?.backends.map(({ service, weight }) => [service, weightOf(weight)]));
  const common = split.backends.filter(({ service }) => other.has(service));
  const sum = common.reduce((total, { weight }) => total + weightOf(weight), 0);
  const otherSum = common.reduce((total, { service }) => total + (other.get(service) ?? 0), 0);
  return common.every(({ service, weight }) => Math.abs(weightOf(weight) / sum - (other.get(service) ?? 0) / otherSum) < SAME_SHARE);
}
