import { readOwnerAnnotations } from "./annotations.ts";
import { isServiceName } from "./backendName.ts";
import { guardedPatch } from "./guardedPatch.ts";
import { lastManagerOf } from "./lastManager.ts";
import { MOST_BACKENDS, readMemory, STATE_ANNOTATION } from "./memory.ts";
import { quote } from "./quote.ts";
import { asRecord, ownValue, stringsOf } from "./record.ts";
import type { Problem, Route, RouteCodec, RouteResource, Split, SplitBackend, WeightEntry, Wish } from "./route.ts";
import { isSpelling, readWeight, sumOf } from "./weight.ts";

/** Linkerd multiplies a TrafficSplit's weights by 10 000 in 32 bits: a larger sum wraps around. */
export const TRAFFICSPLIT_MAX_WEIGHT_SUM = 429_496;

const MISSING_WEIGHT = 0;

const RESOURCE: RouteResource = { group: "split.smi-spec.io", versions: ["v1alpha2", "v1alpha1"], plural: "trafficsplits" };

/** How a TrafficSplit is spelled. A missing weight is 0; it has one split, called `0`. */
export const trafficSplitCodec: RouteCodec = {
  kind: "TrafficSplit",
  resource: RESOURCE,
  read: readTrafficSplit,
  writeVersion,
  patch: (route, wish) => guardedPatch(route, wish, MISSING_WEIGHT),
};

/**
 * v1alpha2 takes numbers only, and v1alpha1 whole numbers and texts: what was stored as `"500m"` is served by both
 * but can be put back only through the older one.
 */
function writeVersion(route: Route, wish: Wish): string {
  const spellings = wish.splits.flatMap((split) => split.backends.flatMap((b) => b.spellings));
  const needsText = spellings.some((spelling) => typeof spelling === "string");
  return needsText ? "v1alpha1" : route.apiVersion.slice(route.apiVersion.indexOf("/") + 1);
}

function readTrafficSplit(object: unknown): Route {
  const top = asRecord(object) ?? {};
  const metadata = asRecord(top["metadata"]) ?? {};
  const spec = asRecord(top["spec"]);
  const backends = readBackends(spec);
  const unreadable = unreadableMetadata(metadata) ?? (typeof backends === "string" ? backends : null);
  const readable = unreadable !== null || typeof backends === "string" ? [] : backends;
  const annotations = stringsOf(metadata["annotations"]);
  const owner = readOwnerAnnotations(
    annotations,
    readable.map((b) => b.backend),
  );
  const memoryText = ownValue(annotations, STATE_ANNOTATION);
  return {
    kind: "TrafficSplit",
    apiVersion: readApiVersion(top["apiVersion"]),
    namespace: textOr(metadata["namespace"], ""),
    name: textOr(metadata["name"], ""),
    uid: textOr(metadata["uid"], ""),
    resourceVersion: textOr(metadata["resourceVersion"], ""),
    labels: stringsOf(metadata["labels"]),
    apex: textOr(spec?.["service"], ""),
    splits: unreadable === null ? [{ name: "0", backends: readable } satisfies Split] : [],
    ...owner,
    memory: readMemory(memoryText),
    memoryText: memoryText ?? null,
    hasAnnotations: asRecord(metadata["annotations"]) !== null,
    lastManager: lastManagerOf(metadata["managedFields"]),
    maxWeightSum: TRAFFICSPLIT_MAX_WEIGHT_SUM,
    problems: unreadable === null ? [...owner.problems, ...weightProblems(readable)] : [{ problem: "unreadable", text: unreadable }],
  };
}

/** The version is needed to write the object back where it was read from, so only one that we know is believed. */
function readApiVersion(value: unknown): string {
  const known = RESOURCE.versions.map((version) => `${RESOURCE.group}/${version}`);
  return known.find((version) => version === value) ?? known[0] ?? "";
}

function unreadableMetadata(metadata: Readonly<Record<string, unknown>>): string | null {
  for (const key of ["name", "namespace", "resourceVersion"]) {
    if (textOr(metadata[key], "") === "") return `metadata.${key}: a name is needed, found ${quote(metadata[key])}`;
  }
  return null;
}

/** The backends in the order of the object, one for each Service; a text that says what is wrong where they are unreadable. */
function readBackends(spec: Readonly<Record<string, unknown>> | null): readonly SplitBackend[] | string {
  if (spec === null) return "spec: an object is needed";
  const list = spec["backends"] ?? [];
  if (!Array.isArray(list)) return `spec.backends: a list is needed, found ${quote(list)}`;
  if (list.length > MOST_BACKENDS) return `spec.backends: at most ${MOST_BACKENDS} are read, found ${list.length}`;
  const entries = new Map<string, WeightEntry[]>();
  for (const [i, item] of list.entries()) {
    const service = asRecord(item)?.["service"];
    if (!isServiceName(service)) return `spec.backends[${i}].service: the name of a Service is needed, found ${quote(service)}`;
    const weight = asRecord(item)?.["weight"] ?? undefined;
    if (weight !== undefined && !isSpelling(weight))
      return `spec.backends[${i}].weight: a weight such as 5, 0.5 or "500m" is needed, found ${quote(weight)}`;
    const entry: WeightEntry = { path: `/spec/backends/${i}/weight`, spelling: weight };
    entries.set(service, [...(entries.get(service) ?? []), entry]);
  }
  return [...entries].map(([backend, own]) => ({
    backend,
    weight: sumOf(own.map((e) => readWeight(e.spelling) ?? MISSING_WEIGHT)),
    entries: own,
  }));
}

function weightProblems(backends: readonly SplitBackend[]): readonly Problem[] {
  const problems: Problem[] = [];
  const sum = sumOf(backends.map((b) => b.weight));
  if (backends.length < 2) {
    const found = backends.length === 0 ? "none" : "one";
    problems.push({ problem: "nothing-to-split", text: `spec.backends: two Services are needed to fail over, found ${found}` });
  }
  if (backends.length > 0 && sum === 0) {
    problems.push({ problem: "no-weights", text: "spec.backends: all weights are 0; judged as if the primary had 100" });
  }
  if (sum > TRAFFICSPLIT_MAX_WEIGHT_SUM) {
    const limit = `Linkerd cannot hold more than ${TRAFFICSPLIT_MAX_WEIGHT_SUM}`;
    problems.push({
      problem: "weights-overflow",
      text: `spec.backends: the weights add up to ${sum}, and ${limit}; scaled down at the first write`,
    });
  }
  return problems;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
