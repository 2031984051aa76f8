import { isServiceName } from "./backendName.ts";
import { guardedPatch } from "./guardedPatch.ts";
import { quote } from "./quote.ts";
import { asRecord } from "./record.ts";
import type { DesiredRoute, Problem, Route, RouteCodec, RouteResource, SplitBackend } from "./route.ts";
import { type KindFields, type KindFormat, type KindObject, readRouteObject, versionOf } from "./routeObject.ts";
import { isSpelling, LARGEST_WEIGHT, sumOf } from "./weight.ts";
import { MOST_BACKENDS, WeightEntries } from "./weightEntries.ts";

/** Linkerd multiplies a TrafficSplit's weights by 10 000 in 32 bits: a larger sum wraps around. */
export const TRAFFICSPLIT_MAX_WEIGHT_SUM = 429_496;

const MISSING_WEIGHT = 0;

const RESOURCE: RouteResource = { group: "split.smi-spec.io", versions: ["v1alpha2", "v1alpha1"], plural: "trafficsplits" };

const FORMAT: KindFormat = {
  kind: "TrafficSplit",
  resource: RESOURCE,
  maxWeightSum: TRAFFICSPLIT_MAX_WEIGHT_SUM,
  maxWeight: LARGEST_WEIGHT,
  storable: isSpelling,
  read: readTrafficSplit,
};

/** The codec of TrafficSplits. A missing weight is 0. Each has one split, named `0`. */
export const trafficSplitCodec: RouteCodec = {
  kind: FORMAT.kind,
  resource: RESOURCE,
  read: (object) => readRouteObject(FORMAT, object),
  writeVersion,
  patch: guardedPatch,
};

/**
 * v1alpha2 accepts only numbers, v1alpha1 whole numbers and strings. Both serve a stored `"500m"`, but only v1alpha1
 * accepts it in a write.
 */
function writeVersion(route: Route, desired: DesiredRoute): string {
  const spellings = desired.splits.flatMap((split) => split.backends.flatMap((b) => b.spellings));
  const needsText = spellings.some((spelling) => typeof spelling === "string");
  return needsText ? "v1alpha1" : versionOf(route.apiVersion);
}

function readTrafficSplit({ spec }: KindObject): KindFields | string {
  const backends = readBackends(spec);
  if (typeof backends === "string") return backends;
  const service = spec["service"];
  // The apex goes into queries that all routes share, so an invalid Service name must not get there.
  const parents = isServiceName(service) ? [service] : [];
  return { parents, splits: [{ name: "0", backends }], hasOtherRules: false, problems: weightProblems(backends) };
}

/** The backends in the order of the object, one per Service; a text with the mistake if they are unreadable. */
function readBackends(spec: Readonly<Record<string, unknown>>): readonly SplitBackend[] | string {
  const list = spec["backends"] ?? [];
  if (!Array.isArray(list)) return `spec.backends: a list is needed, found ${quote(list)}`;
  if (list.length > MOST_BACKENDS) return `spec.backends: at most ${MOST_BACKENDS} are read, found ${list.length}`;
  const entries = new WeightEntries();
  for (const [i, item] of list.entries()) {
    const service = asRecord(item)?.["service"];
    if (!isServiceName(service)) return `spec.backends[${i}].service: the name of a Service is needed, found ${quote(service)}`;
    const weight = asRecord(item)?.["weight"] ?? undefined;
    if (weight !== undefined && !isSpelling(weight))
      return `spec.backends[${i}].weight: a weight such as 5, 0.5 or "500m" is needed, found ${quote(weight)}`;
    entries.add(service, `/spec/backends/${i}/weight`, weight, MISSING_WEIGHT);
  }
  return entries.backends();
}

function weightProblems(backends: readonly SplitBackend[]): readonly Problem[] {
  const problems: Problem[] = [];
  const sum = sumOf(backends.map((b) => b.weight));
  if (backends.length < 2) {
    const found = backends.length === 0 ? "none" : "one";
    problems.push({ problem: "nothing-to-split", text: `spec.backends: two Services are needed to fail over, found ${found}` });
  }
  if (backends.length > 0 && sum === 0) {
    problems.push({ problem: "no-weights", text: "spec.backends: all weights are 0; evaluated as if the primary had weight 100" });
  }
  if (sum > TRAFFICSPLIT_MAX_WEIGHT_SUM) {
    const limit = `Linkerd supports at most ${TRAFFICSPLIT_MAX_WEIGHT_SUM}`;
    problems.push({
      problem: "weights-overflow",
      text: `spec.backends: the weights add up to ${sum}, but ${limit}; they are scaled down at the first write`,
    });
  }
  return problems;
}
