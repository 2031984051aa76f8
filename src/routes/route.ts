/**
 * routes/ — reads route objects and builds their patches.
 *
 * Turns Kubernetes objects into `Route`s, and desired weights into JSON Patches. It must never judge health, read a
 * clock or talk to a server.
 */

/** The kinds of route that can be managed. Linkerd's own HTTPRoute includes its group, because the plain name is Gateway API's. */
export const ROUTE_KINDS = ["TrafficSplit", "HTTPRoute", "HTTPRoute.policy.linkerd.io", "GRPCRoute"] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

/** The unique name of a route. */
export interface RouteRef {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
}

/** A weight in the owner's notation: `5`, `0.5`, `"5"`, `"500m"`. */
export type Spelling = number | string;

/** One weight field of the object. */
export interface WeightEntry {
  /** JSON Pointer of the weight itself, e.g. `/spec/backends/0/weight`. */
  readonly path: string;
  /** The live value; if the field is missing, its default. */
  readonly spelling: Spelling;
  /** The field is missing: a JSON Patch must `add` it instead of replacing it. */
  readonly absent: boolean;
}

/** A Service in a split. */
export interface SplitBackend {
  /** `name` in the route's own namespace, otherwise `name.namespace`. */
  readonly backend: string;
  /** The live weight: the sum of its entries (a `"500m"` is 0.5). */
  readonly weight: number;
  /** Usually one; more if the split lists the same Service more than once. */
  readonly entries: readonly WeightEntry[];
}

/** One weighted set of backends in a route. A TrafficSplit has one, named `0`. */
export interface Split {
  readonly name: string;
  /** In the order of the object. */
  readonly backends: readonly SplitBackend[];
  /** The result of `matchesDigest`; absent in a TrafficSplit. */
  readonly matches?: string;
}

export const PROBLEMS = [
  "unknown-primary",
  "unknown-tier",
  "unknown-rule",
  "no-rule",
  "unknown-pin",
  "bad-pin-until",
  "bad-freeze-until",
  "nothing-to-split",
  "no-weights",
  "weights-overflow",
  "not-accepted",
  "unreadable",
] as const;
export type ProblemName = (typeof PROBLEMS)[number];

/** A mistake in a route that its owner should fix. */
export interface Problem {
  readonly problem: ProblemName;
  /** One sentence for the owner of the route. */
  readonly text: string;
}

export const PHASES = ["serving", "suspect", "out", "returning"] as const;
export type Phase = (typeof PHASES)[number];

export const CAUSES = ["readiness", "successRate", "latency", "unanswered", "gateway", "query", "manual", "capacity"] as const;
export type Cause = (typeof CAUSES)[number];

/** The baseline of one backend in one split: the owner's notation of each of its entries, in order. */
export type Spellings = readonly Spelling[];

/** The state that survives a restart. It is stored in the annotation `failover.linkerd.io/state`, written with the weights. */
export interface Memory {
  readonly splits: Readonly<Record<string, SplitMemory>>;
  /** By backend. A backend that is not in here is serving. */
  readonly backends: Readonly<Record<string, BackendMemory>>;
  /** Identity of the replica that wrote it: the state of another replica is adopted, the state that we wrote ourselves is not. */
  readonly writer?: string;
  /** What the owner named as the primary; null: nothing. Absent in the memory of an older version. */
  readonly primary?: string | null;
}

export interface SplitMemory {
  /** As in `Split`. */
  readonly matches?: string;
  readonly baseline: Readonly<Record<string, Spellings>>;
  readonly written: Readonly<Record<string, number>>;
}

export interface BackendMemory {
  /** `suspect` does not survive a restart. */
  readonly phase: Exclude<Phase, "suspect">;
  readonly sinceMs: number;
  /** Index into the rule's `return.steps`; only while returning. */
  readonly step?: number;
  /** Why it was removed last. */
  readonly cause?: Cause;
  readonly relapses?: number;
}

/** A route: the fields of its object that matter here. */
export interface Route extends RouteRef {
  /** The result of `routeKey`, computed once because every tick uses it. */
  readonly key: string;
  readonly apiVersion: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The Service that clients call: a TrafficSplit's `spec.service`, an HTTPRoute's first parent. Named like a backend. */
  readonly apex: string;
  /** All Services whose clients use this route, the apex first; may be empty. Named like backends. */
  readonly parents: readonly string[];
  readonly splits: readonly Split[];
  /** The object also has rules that are not managed splits: its request counts include requests that the weights do not direct. */
  readonly hasOtherRules: boolean;
  /** The primary backend; always one of the backends, or `""` if there are none. */
  readonly primary: string;
  /** The primary is from its annotation; otherwise it is the first backend. */
  readonly namesPrimary: boolean;
  /** From the tiers annotation; backends that it does not name form the last tier. Null without the annotation. */
  readonly tiers: readonly (readonly string[])[] | null;
  /** From the rule annotation. */
  readonly ruleName: string | null;
  /** From the pin annotations; `untilMs` is null if the pin has no end. */
  readonly pin: { readonly backend: string; readonly untilMs: number | null } | null;
  /** From the freeze annotation; `isFrozen` knows whether it is over. */
  readonly frozen: boolean;
  /** When the freeze ends; absent: not by itself. */
  readonly frozenUntilMs?: number;
  /** From the state annotation; null if it is absent or unreadable. */
  readonly memory: Memory | null;
  /** The raw text of the state annotation, to detect that another writer changed it; null if absent. */
  readonly memoryText: string | null;
  readonly hasAnnotations: boolean;
  /** The field manager that wrote the object's spec last, from managedFields; `unknown` if they do not say. */
  readonly lastManager: string;
  /** The largest sum of weights that Linkerd supports for this kind; a larger one is scaled down at a write. */
  readonly maxWeightSum: number;
  /** The largest single weight that the API server stores for this kind. */
  readonly maxWeight: number;
  /** Problems that were found while reading the object. */
  readonly problems: readonly Problem[];
}

/** The desired weights of one backend in one split: a value for each of its entries. */
export interface DesiredBackend {
  readonly backend: string;
  /** The sum of its entries. */
  readonly weight: number;
  readonly spellings: Spellings;
}

export interface DesiredSplit {
  readonly name: string;
  readonly backends: readonly DesiredBackend[];
}

/** Everything that a write puts into the object. Nothing is left to decide when it is written. */
export interface DesiredRoute {
  readonly splits: readonly DesiredSplit[];
  readonly memory: Memory;
}

export type JsonPatch = readonly JsonPatchOperation[];
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** The resource of a kind in the Kubernetes API. */
export interface RouteResource {
  readonly group: string;
  /** Supported versions, the best first. */
  readonly versions: readonly string[];
  readonly plural: string;
}

/** Reads and patches the objects of one kind. One codec per kind: the only code that knows the fields of that kind. */
export interface RouteCodec {
  readonly kind: RouteKind;
  readonly resource: RouteResource;
  /** Never throws: an unreadable object becomes a Route without splits that has the problem `unreadable`. */
  read(object: unknown): Route;
  /** The API version for writing these weights: a notation that one version accepts may be refused by another. */
  writeVersion(route: Route, desired: DesiredRoute): string;
  /** The guarded patch (it begins with the resourceVersion) to the desired weights. It contains only what differs. */
  patch(route: Route, desired: DesiredRoute): JsonPatch;
}

/** `KIND/NAMESPACE/NAME`, the key of a route in maps and URLs. */
export function routeKey(route: RouteRef): string {
  return `${route.kind}/${route.namespace}/${route.name}`;
}

/** `NAMESPACE/SERVICE` of a backend in a route of that namespace. */
export function serviceKey(routeNamespace: string, backend: string): string {
  const dot = backend.indexOf(".");
  return dot < 0 ? `${routeNamespace}/${backend}` : `${backend.slice(dot + 1)}/${backend.slice(0, dot)}`;
}
