import { readMemory, STATE_ANNOTATION } from "../../src/routes/memory.ts";
import type { BackendMemory, Memory, SplitMemory } from "../../src/routes/route.ts";
import { ruleNames } from "../../src/routes/ruleNames.ts";
import { weightOf } from "../../src/routes/weight.ts";
import type { ApiObject } from "./apiResource.ts";
import { type SceneSplit, splitsOf } from "./sceneRoute.ts";

/** Objects never change, and are asked for every second. */
const memories = new WeakMap<ApiObject, { readonly memory: Memory | null }>();

/** The state in our annotation on an object; null if it is absent or unreadable. */
export function memoryOf(object: ApiObject): Memory | null {
  const known = memories.get(object) ?? { memory: readMemory(object.metadata.annotations?.[STATE_ANNOTATION]) };
  memories.set(object, known);
  return known.memory;
}

/** The names of the splits in our annotation, by their names in a scene. */
export function memoryNamesOf(object: ApiObject): ReadonlyMap<string, string> {
  const { rules } = object.spec as { readonly rules?: readonly unknown[] };
  const own = ruleNames(rules ?? []);
  return new Map(splitsOf(object).map(({ name }, i) => [name, own[i] ?? name]));
}

/** What our annotation remembers of each split, by its name in a scene. */
export function splitMemoriesOf(object: ApiObject): ReadonlyMap<string, SplitMemory> {
  const splits = memoryOf(object)?.splits ?? {};
  const names = [...memoryNamesOf(object)];
  return new Map(names.flatMap(([name, own]) => (splits[own] === undefined ? [] : [[name, splits[own]] as const])));
}

/** The phases in our annotation; a backend that it does not name is serving. */
export function phasesOf(object: ApiObject): Readonly<Record<string, BackendMemory>> {
  return memoryOf(object)?.backends ?? {};
}

/** A backend's phase and step as text. */
export function placeOf(memory: BackendMemory | undefined): string {
  return memory === undefined || memory.phase === "serving" ? "serving" : `${memory.phase} ${memory.step ?? ""}`.trim();
}

/** Whether a backend was removed because of metrics. */
export function leftOnMetrics(memory: BackendMemory | undefined): boolean {
  return memory?.phase === "out" && memory.cause !== "readiness" && memory.cause !== "gateway";
}

/** Each Service's share of the traffic, 0 to 1, by the weights of an object, averaged over its splits. */
export function sharesOf(object: ApiObject): ReadonlyMap<string, number> {
  const splits = splitsOf(object);
  const shares = new Map<string, number>();
  for (const split of splits) {
    for (const [service, share] of sharesIn(split)) shares.set(service, (shares.get(service) ?? 0) + share / splits.length);
  }
  return shares;
}

/** Splits never change, and are asked for every second. */
const shares = new WeakMap<SceneSplit, ReadonlyMap<string, number>>();

/** Each Service's share of the traffic in one split, 0 to 1. */
export function sharesIn(split: SceneSplit): ReadonlyMap<string, number> {
  const known = shares.get(split) ?? computeShares(split);
  shares.set(split, known);
  return known;
}

function computeShares({ backends }: SceneSplit): ReadonlyMap<string, number> {
  const weights = backends.map(({ service, weight }) => ({ service, weight: weightOf(weight) }));
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  return new Map(weights.map(({ service, weight }) => [service, sum > 0 ? weight / sum : 0]));
}
