import type { Spelling } from "../../src/routes/route.ts";
import { isSpelling } from "../../src/routes/weight.ts";
import type { ApiObject, ApiResource } from "./apiResource.ts";
import type { Batches } from "./traffic.ts";

export interface SceneBackend {
  readonly service: string;
  readonly weight: Spelling;
}

/** A TrafficSplit has one split, called `0`. */
export interface SceneSplit {
  readonly name: string;
  readonly backends: readonly SceneBackend[];
}

export const SCENE_KINDS = ["TrafficSplit", "HTTPRoute", "HTTPRoute.policy.linkerd.io"] as const;
export type SceneKind = (typeof SCENE_KINDS)[number];

/** A route of a scene, as its owner wants it. */
export interface SceneRoute {
  readonly kind: SceneKind;
  readonly namespace: string;
  /** Clients call the Service of the same name. */
  readonly name: string;
  readonly splits: readonly SceneSplit[];
  /** Requests per second. */
  readonly rate: number;
  /** Absent: there are always some. */
  readonly batches?: Batches;
}

interface Place {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

const PLACES: Readonly<Record<SceneKind, Place>> = {
  TrafficSplit: { group: "split.smi-spec.io", version: "v1alpha2", plural: "trafficsplits" },
  HTTPRoute: { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes" },
  "HTTPRoute.policy.linkerd.io": { group: "policy.linkerd.io", version: "v1beta3", plural: "httproutes" },
};
/** Gateway API's default weight. */
const MISSING_WEIGHT = 1;
const PORT = 80;

/** `KIND/NAMESPACE/NAME`, as in the program. */
export function keyOf({ kind, namespace, name }: Pick<SceneRoute, "kind" | "namespace" | "name">): string {
  return `${kind}/${namespace}/${name}`;
}

/** Path of a route in the API. */
export function pathOf({ kind, namespace, name }: Pick<SceneRoute, "kind" | "namespace" | "name">): string {
  const { group, version, plural } = PLACES[kind];
  return `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`;
}

/** The kind of a resource; null if it is not a route. */
export function kindOf({ group, plural }: Pick<ApiResource, "group" | "plural">): SceneKind | null {
  return SCENE_KINDS.find((kind) => PLACES[kind].group === group && PLACES[kind].plural === plural) ?? null;
}

/** The key of the route in a request path; null if there is none. */
export function keyIn(path: string): string | null {
  const [, group = "", namespace = "", plural = "", name = ""] =
    /^\/apis\/([^/]+)\/[^/]+\/namespaces\/([^/]+)\/([^/]+)\/([^/?]+)/.exec(path) ?? [];
  const kind = kindOf({ group, plural });
  return kind === null ? null : keyOf({ kind, namespace, name });
}

/** All Services of a route, each once. */
export function servicesOf({ splits }: Pick<SceneRoute, "splits">): readonly string[] {
  return [...new Set(splits.flatMap(({ backends }) => backends.map(({ service }) => service)))];
}

/** Objects never change, and are asked for every second. */
const splits = new WeakMap<ApiObject, readonly SceneSplit[]>();

/** The splits and weights of a route's object. A rule is known by what it matches. */
export function splitsOf(object: ApiObject): readonly SceneSplit[] {
  const known = splits.get(object) ?? readSplits(object);
  splits.set(object, known);
  return known;
}

function readSplits(object: ApiObject): readonly SceneSplit[] {
  const { backends, rules } = object.spec as {
    readonly backends?: readonly { readonly service: string; readonly weight?: unknown }[];
    readonly rules?: readonly {
      readonly matches: readonly { readonly path: { readonly value: string } }[];
      readonly backendRefs: readonly { readonly name: string; readonly weight?: unknown }[];
    }[];
  };
  if (backends !== undefined)
    return [{ name: "0", backends: backends.map(({ service, weight }) => ({ service, weight: isSpelling(weight) ? weight : 0 })) }];
  return (rules ?? []).map(({ matches, backendRefs }) => ({
    name: matches[0]?.path.value.slice(1) ?? "",
    backends: backendRefs.map((ref) => ({ service: ref.name, weight: isSpelling(ref.weight) ? ref.weight : MISSING_WEIGHT })),
  }));
}

/** The weights of each split as text, for comparisons and the chronicle. */
export function spelled(splits: readonly SceneSplit[]): string {
  return splits.map(({ backends }) => JSON.stringify(backends.map(({ weight }) => weight))).join(" ");
}

/** The object of a route. Only the older version of TrafficSplit accepts weights as text. An HTTPRoute can omit a weight of 1. */
export function objectOf({ kind, namespace, name, splits }: Omit<SceneRoute, "rate">, metadata: object): object {
  const { group, version } = PLACES[kind];
  const named = { metadata: { name, namespace, ...metadata } };
  if (kind === "TrafficSplit") {
    const backends = splits.flatMap((split) => split.backends);
    const isTexts = backends.some(({ weight }) => typeof weight === "string");
    return { apiVersion: `${group}/${isTexts ? "v1alpha1" : version}`, kind, ...named, spec: { service: name, backends } };
  }
  const rules = splits.map((split) => ({
    ...(/^\d+$/.test(split.name) ? {} : { name: split.name }),
    matches: [{ path: { type: "PathPrefix", value: `/${split.name}` } }],
    backendRefs: split.backends.map(({ service, weight }) => ({
      name: service,
      port: PORT,
      ...(weight === MISSING_WEIGHT ? {} : { weight }),
    })),
  }));
  const parentRefs = [{ group: kind === "HTTPRoute" ? "" : "core", kind: "Service", name, port: PORT }];
  return { apiVersion: `${group}/${version}`, kind: "HTTPRoute", ...named, spec: { parentRefs, rules } };
}
