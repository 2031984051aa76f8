import { STATE_ANNOTATION, writeMemory } from "../../src/routes/memory.ts";
import type { Spelling } from "../../src/routes/route.ts";
import { weightOf } from "../../src/routes/weight.ts";
import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import type { Dice } from "./dice.ts";
import { drawWeights } from "./drawWeights.ts";
import { Pods } from "./pods.ts";
import { memoryNamesOf } from "./remembered.ts";
import {
  keyOf,
  kindOf,
  objectOf,
  pathOf,
  type SceneBackend,
  type SceneRoute,
  type SceneSplit,
  servicesOf,
  spelled,
  splitsOf,
} from "./sceneRoute.ts";

const MANAGED_LABEL = "failover.linkerd.io/controlled-by";
const MANAGED = { [MANAGED_LABEL]: "linkerd-failover" };
const OUR_MANAGER = "linkerd-failover";
/** The name of a rule that is put in front of the others. */
const INSERTED = "inserted";
/** Shares closer than this are the same. */
const SAME_SHARE = 1e-9;

/** A split that has one backend left has no other weights. */
const MOST_DRAWS = 100;

/** The owner of the routes and the Services. It keeps what it wants, independent of the cluster. */
export class Owner {
  /** The managed routes as the owner wants them, by `KIND/NAMESPACE/NAME`, including temporarily deleted ones. */
  readonly wants = new Map<string, SceneRoute>();
  readonly pods: Pods;
  readonly #double: ApiDouble;
  /** The last write of our controller, by the same key. */
  readonly #ours = new Map<string, ApiObject>();
  #services = 0;

  constructor(double: ApiDouble, podsEach: number) {
    this.#double = double;
    this.pods = new Pods(double, podsEach);
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

  /** Creates a Service with ready endpoints; labels make it a mirror. */
  createService(namespace: string, name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#double.apply({ apiVersion: "v1", kind: "Service", metadata: { name, namespace, labels }, spec: { ports: [{ port: 80 }] } });
    this.pods.setReady(namespace, name, true);
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

  /** Writes other weights and keeps our annotation, as `kubectl edit` does. Null if the route is deleted, or no other weights are found. */
  edit(given: SceneRoute, dice: Dice): SceneRoute | null {
    const live = this.#read(given);
    if (live === null) return null;
    const route = this.#wanted(given);
    // Weights equal to the live ones or to the controller's last ones cannot be recognized as an edit.
    const known = [live, this.#ours.get(keyOf(route))].filter((object) => object !== undefined);
    for (let drawn = 0; drawn < MOST_DRAWS; drawn++) {
      const wanted = { ...route, splits: route.splits.map((split) => redrawn(split, route, dice)) };
      if (wanted.splits.some((split) => known.some((object) => sameShares(split, splitsOf(object))))) continue;
      this.#write(wanted, wanted.splits, live.metadata.annotations);
      return wanted;
    }
    return null;
  }

  /** Writes weights that differ a little from the last ones, as a canary tool does, and keeps our annotation. */
  nudge(given: SceneRoute, dice: Dice): void {
    const live = this.#read(given);
    if (live === null) return;
    const route = this.#wanted(given);
    const splits = route.splits.map((split) => ({
      ...split,
      backends: split.backends.map(({ service, weight }, i) => ({ service, weight: i < 2 ? nudged(weight, dice) : weight })),
    }));
    const known = [live, this.#ours.get(keyOf(route))].filter((object) => object !== undefined);
    if (splits.some((split) => known.some((object) => sameShares(split, splitsOf(object))))) return;
    this.#write({ ...route, splits }, splits, live.metadata.annotations);
  }

  /** Writes our annotation as if its first backend were out, if the route is as its owner wants it. Returns whether it was. */
  forge(given: SceneRoute, { relapses, sinceMs }: { readonly relapses: number; readonly sinceMs: number }): boolean {
    const live = this.#read(given);
    const route = this.#wanted(given);
    if (live === null || spelled(splitsOf(live)) !== spelled(route.splits)) return false;
    const names = memoryNamesOf(live);
    const splits = Object.fromEntries(
      route.splits.map(({ name, backends }) => [
        names.get(name) ?? name,
        {
          baseline: Object.fromEntries(backends.map(({ service, weight }) => [service, [weight]])),
          written: Object.fromEntries(backends.map(({ service, weight }) => [service, weightOf(weight)])),
        },
      ]),
    );
    const [first = ""] = servicesOf(route);
    const backends = { [first]: { phase: "out", sinceMs, cause: "successRate", relapses } } as const;
    this.annotate(route, STATE_ANNOTATION, writeMemory({ writer: "someone", splits, backends }));
    return true;
  }

  /** Puts a rule in front of the others of an HTTPRoute, over its first two Services. Returns whether it did. */
  insertRule(given: SceneRoute, weights: readonly Spelling[]): boolean {
    const live = this.#read(given);
    const route = this.#wanted(given);
    if (live === null || route.kind === "TrafficSplit" || route.splits.some(({ name }) => name === INSERTED)) return false;
    const backends = servicesOf(route)
      .slice(0, 2)
      .map((service, i) => ({ service, weight: weights[i] ?? 0 }));
    const added = { name: INSERTED, backends };
    this.#write({ ...route, splits: [added, ...route.splits] }, [added, ...splitsOf(live)], live.metadata.annotations);
    return true;
  }

  /** Takes that rule away again. */
  removeRule(given: SceneRoute): void {
    const live = this.#read(given);
    const route = this.#wanted(given);
    const without = (splits: readonly SceneSplit[]) => splits.filter(({ name }) => name !== INSERTED);
    if (live === null) this.wants.set(keyOf(route), { ...route, splits: without(route.splits) });
    else this.#write({ ...route, splits: without(route.splits) }, without(splitsOf(live)), live.metadata.annotations);
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

/** A slightly other weight, never 0. */
function nudged(weight: Spelling, dice: Dice): Spelling {
  const value = weightOf(weight);
  return Math.max(1, Math.round(value + dice.pick([-1, 1]) * Math.max(1, value / 50)));
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
