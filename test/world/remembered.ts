import { readMemory, STATE_ANNOTATION } from "../../src/routes/memory.ts";
import type { BackendMemory, Memory } from "../../src/routes/route.ts";
import { weightOf } from "../../src/routes/weight.ts";
import type { ApiObject } from "./apiResource.ts";
import { type SceneSplit, splitsOf } from "./sceneRoute.ts";

/** What our annotation on an object says; null where it is absent or unreadable. */
export function memoryOf(object: ApiObject): Memory | null {
  return readMemory(object.metadata.annotations?.[STATE_ANNOTATION]);
}

/** Where each backend stands by our annotation; one that it does not name serves. */
export function phasesOf(object: ApiObject): Readonly<Record<string, BackendMemory>> {
  return memoryOf(object)?.backends ?? {};
}

/** Where a backend stands, in a few words that are the same only for the same place. */
export function placeOf(memory: BackendMemory | undefined): string {
  return memory === undefined || memory.phase === "serving" ? "serving" : `${memory.phase} ${memory.step ?? ""}`.trim();
}

/** Whether a backend left on what metrics say. */
export function leftOnMetrics(memory: BackendMemory | undefined): boolean {
  return memory?.phase === "out" && memory.cause !== "readiness" && memory.cause !== "gateway";
}

/** Each Service's share of the traffic by the weights of an object, on average over its splits. */
export function sharesOf(object: ApiObject): ReadonlyMap<string, number> {
  const splits = splitsOf(object);
  const shares = new Map<string, number>();
  for (const split of splits) {
    for (const [service, share] of sharesIn(split)) shares.set(service, (shares.get(service) ?? 0) + share / splits.length);
  }
  return shares;
}

/** Each Service's share of the traffic in one split. */
export function sharesIn({ backends }: SceneSplit): ReadonlyMap<string, number> {
  const weights = backends.map(({ service, weight }) => ({ service, weight: weightOf(weight) }));
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  return new Map(weights.map(({ service, weight }) => [service, sum > 0 ? weight / sum : 0]));
}
