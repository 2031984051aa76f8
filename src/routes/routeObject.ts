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

/** How one kind differs from all others. */
export interface KindSpelling {
  readonly kind: RouteKind;
  readonly resource: RouteResource;
  readonly maxWeightSum: number;
  readonly maxWeight: number;
  /** Whether the API server would store a weight that is spelled so. */
  storable(weight: Spelling): boolean;
  /** Reads what only this kind has; a text that says what is wrong where nothing of the route can be judged. */
  read(object: KindObject): Spelled | string;
}

/** The parts of an object that each kind spells in its own way. */
export interface KindObject {
  readonly namespace: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

export interface Spelled {
  readonly parents: readonly string[];
  readonly splits: readonly Split[];
  readonly hasOtherRules: boolean;
  readonly problems: readonly Problem[];
}

/** Reads an object of any kind: what all kinds have in common, and by the kind's own reading its parents and splits. */
export function readRouteObject(spelling: KindSpelling, object: unknown): Route {
  const top = asRecord(object) ?? {};
  const metadata = asRecord(top["metadata"]) ?? {};
  const read = unreadableMetadata(metadata) ?? readSpec(spelling, top, textOr(metadata["namespace"], ""));
  const { parents, splits, hasOtherRules, problems } = typeof read === "string" ? unreadable(read) : read;
  const annotations = stringsOf(metadata["annotations"]);
  const owner = readOwnerAnnotations(annotations, backendsOf(splits));
  const memoryText = ownValue(annotations, STATE_ANNOTATION);
  const ref: RouteRef = { kind: spelling.kind, namespace: textOr(metadata["namespace"], ""), name: textOr(metadata["name"], "") };
  return {
    ...ref,
    key: routeKey(ref),
    apiVersion: readApiVersion(spelling.resource, top["apiVersion"]),
    uid: textOr(metadata["uid"], ""),
    resourceVersion: textOr(metadata["resourceVersion"], ""),
    labels: stringsOf(metadata["labels"]),
    apex: parents[0] ?? "",
    parents,
    splits,
    hasOtherRules,
    ...owner,
    memory: onlyStorable(spelling, readMemory(memoryText)),
    memoryText: memoryText === undefined ? null : shortened(memoryText),
    hasAnnotations: asRecord(metadata["annotations"]) !== null,
    lastManager: lastManagerOf(metadata["managedFields"]),
    maxWeightSum: spelling.maxWeightSum,
    maxWeight: spelling.maxWeight,
    // What the owner says about backends that could not be read is not wrong.
    problems: splits.length === 0 ? problems : [...owner.problems, ...problems],
  };
}

/** `v1` of `gateway.networking.k8s.io/v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

function readSpec(spelling: KindSpelling, top: Readonly<Record<string, unknown>>, namespace: string): Spelled | string {
  const spec = asRecord(top["spec"]);
  if (spec === null) return "spec: an object is needed";
  return spelling.read({ namespace, spec, status: asRecord(top["status"]) ?? {} });
}

function unreadable(text: string): Spelled {
  return { parents: [], splits: [], hasOtherRules: false, problems: [{ problem: "unreadable", text }] };
}

/** A memory that came with weights of another kind could never be put back: it counts as unreadable. */
function onlyStorable(spelling: KindSpelling, memory: Memory | null): Memory | null {
  const weights = Object.values(memory?.splits ?? {}).flatMap(({ baseline }) => Object.values(baseline).flat());
  return weights.every((weight) => spelling.storable(weight)) ? memory : null;
}

/** Every backend once, those of the first split first. */
function backendsOf(splits: readonly Split[]): readonly string[] {
  return [...new Set(splits.flatMap((split) => split.backends.map((b) => b.backend)))];
}

/** The version is needed to write the object back where it was read from, so only one that we know is believed. */
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

/** A text that is too long to be ours is only known to be there: its beginning is copied, so that the rest can be let go. */
function shortened(text: string): string {
  return text.length <= LONGEST_MEMORY ? text : [...text.slice(0, BEGINNING_CHARS)].join("");
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
