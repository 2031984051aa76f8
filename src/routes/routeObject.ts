import { readOwnerAnnotations } from "./annotations.ts";
import { lastManagerOf } from "./lastManager.ts";
import { LONGEST_MEMORY, readMemory, STATE_ANNOTATION } from "./memory.ts";
import { quote } from "./quote.ts";
import { asRecord, ownValue, stringsOf } from "./record.ts";
import {
  type Memory,
  type Problem,
  type Route,
  type RouteKind,
  type RouteRef,
  type RouteResource,
  routeKey,
  type Spelling,
  type Split,
} from "./route.ts";

const BEGINNING_CHARS = 100;

/** What differs between the kinds of route. */
export interface KindFormat {
  readonly kind: RouteKind;
  readonly resource: RouteResource;
  readonly maxWeightSum: number;
  readonly maxWeight: number;
  /** Whether the API server would store this weight. */
  storable(weight: Spelling): boolean;
  /** Reads the fields of this kind. Returns a text with the mistake if the route is unreadable. */
  read(object: KindObject): KindFields | string;
}

/** The parts of an object whose fields depend on the kind. */
export interface KindObject {
  readonly namespace: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

export interface KindFields {
  readonly parents: readonly string[];
  readonly splits: readonly Split[];
  readonly hasOtherRules: boolean;
  readonly problems: readonly Problem[];
}

/** Reads an object of any kind: the fields that all kinds share, and parents and splits by the kind's own `read`. */
export function readRouteObject(format: KindFormat, object: unknown): Route {
  const top = asRecord(object) ?? {};
  const metadata = asRecord(top["metadata"]) ?? {};
  const read = unreadableMetadata(metadata) ?? readSpec(format, top, textOr(metadata["namespace"], ""));
  const { parents, splits, hasOtherRules, problems } = typeof read === "string" ? unreadable(read) : read;
  const annotations = stringsOf(metadata["annotations"]);
  const owner = readOwnerAnnotations(annotations, backendsOf(splits));
  const memoryText = ownValue(annotations, STATE_ANNOTATION);
  const ref: RouteRef = { kind: format.kind, namespace: textOr(metadata["namespace"], ""), name: textOr(metadata["name"], "") };
  return {
    ...ref,
    key: routeKey(ref),
    apiVersion: readApiVersion(format.resource, top["apiVersion"]),
    uid: textOr(metadata["uid"], ""),
    resourceVersion: textOr(metadata["resourceVersion"], ""),
    labels: stringsOf(metadata["labels"]),
    apex: parents[0] ?? "",
    parents,
    splits,
    hasOtherRules,
    ...owner,
    memory: onlyStorable(format, readMemory(memoryText)),
    memoryText: memoryText === undefined ? null : shortened(memoryText),
    hasAnnotations: asRecord(metadata["annotations"]) !== null,
    lastManager: lastManagerOf(metadata["managedFields"]),
    maxWeightSum: format.maxWeightSum,
    maxWeight: format.maxWeight,
    // Without readable backends, the annotations about them cannot be checked.
    problems: splits.length === 0 ? problems : [...owner.problems, ...problems],
  };
}

/** The version of an apiVersion: `v1` of `gateway.networking.k8s.io/v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

function readSpec(format: KindFormat, top: Readonly<Record<string, unknown>>, namespace: string): KindFields | string {
  const spec = asRecord(top["spec"]);
  if (spec === null) return "spec: an object is needed";
  return format.read({ namespace, spec, status: asRecord(top["status"]) ?? {} });
}

function unreadable(text: string): KindFields {
  return { parents: [], splits: [], hasOtherRules: false, problems: [{ problem: "unreadable", text }] };
}

/** Drops a memory with a baseline that the API server would refuse, because it could never be restored. */
function onlyStorable(format: KindFormat, memory: Memory | null): Memory | null {
  const weights = Object.values(memory?.splits ?? {}).flatMap(({ baseline }) => Object.values(baseline).flat());
  return weights.every((weight) => format.storable(weight)) ? memory : null;
}

/** Every backend once, those of the first split first. */
function backendsOf(splits: readonly Split[]): readonly string[] {
  return [...new Set(splits.flatMap((split) => split.backends.map((b) => b.backend)))];
}

/** The apiVersion of the object if it is a supported one, otherwise the best supported one. Writes use it. */
function readApiVersion({ group, versions }: RouteResource, value: unknown): string {
  const known = versions.map((version) => `${group}/${version}`);
  return known.find((version) => version === value) ?? known[0] ?? "";
}

function unreadableMetadata(metadata: Readonly<Record<string, unknown>>): string | null {
  for (const key of ["name", "namespace", "resourceVersion"]) {
    if (textOr(metadata[key], "") === "") return `metadata.${key}: a name is needed, found ${quote(metadata[key])}`;
  }
  return null;
}

/** Of a text that is too long to be ours, only the beginning is kept. It is copied, so that the whole text can be freed. */
function shortened(text: string): string {
  return text.length <= LONGEST_MEMORY ? text : [...text.slice(0, BEGINNING_CHARS)].join("");
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
