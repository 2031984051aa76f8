/**
 * routes/ — how a route is spelled.
 *
 * This room turns Kubernetes objects into `Route`s and desired weights back into JSON Patches. It must never judge health,
 * never look at a clock and never talk to a server.
 */

/** The kinds of route that we manage. Linkerd's own HTTPRoute carries its group, since the plain name is Gateway API's. */
export const ROUTE_KINDS = ["TrafficSplit", "HTTPRoute", "HTTPRoute.policy.linkerd.io", "GRPCRoute"] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

/** What names a route among all others. */
export interface RouteRef {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
}

/** A weight as its owner wrote it: `5`, `0.5`, `"5"`, `"500m"`. */
export type Spelling = number | string;

/** One place in the object that holds a weight. */
export interface WeightEntry {
  /** JSON Pointer of the weight itself, e.g. `/spec/backends/0/weight`. */
  readonly path: string;
  /** What stands there now, or what a missing weight stands for. */
  readonly spelling: Spelling;
  /** The weight is missing: JSON Patch must `add` it, not `replace` it. */
  readonly absent: boolean;
}

/** A Service that a split names. */
export interface SplitBackend {
  /** `name` in the route's own namespace, `name.namespace` in another. */
  readonly backend: string;
  /** The live weight: the sum over the entries, in units of 1 (a `"500m"` is 0.5). */
  readonly weight: number;
  /** Usually one; more where the same Service is listed more than once in the split. */
  readonly entries: readonly WeightEntry[];
}

/** One weighted set of backends inside a route. A TrafficSplit has one, called `0`. */
export interface Split {
  readonly name: string;
  /** In the order in which the object lists them. */
  readonly backends: readonly SplitBackend[];
}

export const PROBLEMS = [
  "unknown-primary",
  "unknown-tier",
  "unknown-rule",
  "no-rule",
  "unknown-pin",
  "bad-pin-until",
  "nothing-to-split",
  "no-weights",
  "weights-overflow",
  "not-accepted",
  "unreadable",
] as const;
export type ProblemName = (typeof PROBLEMS)[number];

/** Something about a route that its owner should know. */
export interface Problem {
  readonly problem: ProblemName;
  /** One sentence, in the owner's words. */
  readonly text: string;
}

export const PHASES = ["serving", "suspect", "out", "returning"] as const;
export type Phase = (typeof PHASES)[number];

export const CAUSES = ["readiness", "successRate", "latency", "unanswered", "gateway", "query", "manual", "capacity"] as const;
export type Cause = (typeof CAUSES)[number];

/** The baseline of one backend in one split: the owner's spelling of each of its entries, in order. */
export type Spellings = readonly Spelling[];

/** What must survive a restart. It lives in the annotation `failover.linkerd.io/state`, written with the weights. */
export interface Memory {
  readonly splits: Readonly<Record<string, SplitMemory>>;
  /** By backend. A backend that is not named here serves. */
  readonly backends: Readonly<Record<string, BackendMemory>>;
  /** Identity of the controller that wrote it: another replica's memory is taken over, our own echo is not. */
  readonly writer?: string;
}

export interface SplitMemory {
  readonly baseline: Readonly<Record<string, Spellings>>;
  readonly written: Readonly<Record<string, number>>;
}

export interface BackendMemory {
  /** Suspicion is not remembered. */
  readonly phase: Exclude<Phase, "suspect">;
  readonly sinceMs: number;
  /** Index into the rule's `return.steps`; only while returning. */
  readonly step?: number;
  /** Why it went out last. */
  readonly cause?: Cause;
  readonly relapses?: number;
}

/** A route as we see it: its object without all that does not matter to us. */
export interface Route extends RouteRef {
  /** `routeKey`, put together once: every look finds by it what it remembers of the route. */
  readonly key: string;
  readonly apiVersion: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The Service that clients call: a TrafficSplit's `spec.service`, an HTTPRoute's first parent. Spelled like a backend. */
  readonly apex: string;
  /** All Services that clients call to come here, the apex first; empty where there is none. Spelled like backends. */
  readonly parents: readonly string[];
  readonly splits: readonly Split[];
  /** It also has rules that are no splits of ours: where their requests go, and how they fare, its weights do not tell. */
  readonly hasOtherRules: boolean;
  /** The backend that owns the route; always one of the backends, or `""` where there are none. */
  readonly primary: string;
  /** From the tiers annotation, backends that it does not name as the last tier; null without the annotation. */
  readonly tiers: readonly (readonly string[])[] | null;
  /** From the rule annotation. */
  readonly ruleName: string | null;
  /** From the pin annotations: untilMs is null where the pin has no end. */
  readonly pin: { readonly backend: string; readonly untilMs: number | null } | null;
  readonly frozen: boolean;
  /** From our annotation; null where it is absent or unreadable. */
  readonly memory: Memory | null;
  /** The annotation's raw text, to see whether someone else wrote it; null where absent. */
  readonly memoryText: string | null;
  readonly hasAnnotations: boolean;
  /** The field manager that wrote the object's spec last, by managedFields; `unknown` where they do not tell. */
  readonly lastManager: string;
  /** The largest sum of weights that Linkerd can hold for this kind; a larger one is scaled down when it is written. */
  readonly maxWeightSum: number;
  /** The largest single weight that the API server stores for this kind. */
  readonly maxWeight: number;
  /** Problems that reading alone can see. */
  readonly problems: readonly Problem[];
}

/** The weights that one backend of one split shall have: a spelling for each of its entries. */
export interface DesiredBackend {
  readonly backend: string;
  /** The sum over the entries. */
  readonly weight: number;
  readonly spellings: Spellings;
}

export interface DesiredSplit {
  readonly name: string;
  readonly backends: readonly DesiredBackend[];
}

/** Everything that a write shall put into the object. Nothing is left to decide at execution time. */
export interface DesiredRoute {
  readonly splits: readonly DesiredSplit[];
  readonly memory: Memory;
}

export type JsonPatch = readonly JsonPatchOperation[];
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** Where a kind lives in the Kubernetes API. */
export interface RouteResource {
  readonly group: string;
  /** Versions that we can read, the best first. */
  readonly versions: readonly string[];
  readonly plural: string;
}

/** One codec a kind: the only code that knows how that kind is spelled. */
export interface RouteCodec {
  readonly kind: RouteKind;
  readonly resource: RouteResource;
  /** Never throws: what cannot be read becomes a Route without splits and the problem `unreadable`. */
  read(object: unknown): Route;
  /** The API version through which these weights can be written: a spelling that one version allows another may refuse. */
  writeVersion(route: Route, desired: DesiredRoute): string;
  /** The guarded patch (it begins with the resourceVersion) that gives the object its desired weights; only what differs is in it. */
  patch(route: Route, desired: DesiredRoute): JsonPatch;
}

/** `KIND/NAMESPACE/NAME`: the key of a route in maps and URLs. */
export function routeKey(route: RouteRef): string {
  return `${route.kind}/${route.namespace}/${route.name}`;
}

/** `NAMESPACE/SERVICE` of a backend as spelled in a route of that namespace. */
export function serviceKey(routeNamespace: string, backend: string): string {
  const dot = backend.indexOf(".");
  return dot < 0 ? `${routeNamespace}/${backend}` : `${backend.slice(dot + 1)}/${backend.slice(0, dot)}`;
}
