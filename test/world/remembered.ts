import { readMemory, STATE_ANNOTATION } from "../../src/routes/memory.ts";
import type { BackendMemory, Memory } from "../../src/routes/route.ts";
import type { ApiObject } from "./apiResource.ts";
import { weightsOf } from "./simulatedMesh.ts";

/** What our annotation on an object says; null where it is absent or unreadable. */
export function memoryOf(object: ApiObject): Memory | null {
  return readMemory(object.metadata.annotations?.[STATE_ANNOTATION]);
}

/** Where each backend stands by our annotation; one that it does not name serves. */
export function phasesOf(object: ApiObject): Readonly<Record<string, BackendMemory>> {
  return memoryOf(object)?.backends ?? {};
}

/** Whether a backend left on what metrics say. */
export function leftOnMetrics(memory: BackendMemory | undefined): boolean {
  return memory?.phase === "out" && memory.cause !== "readiness" && memory.cause !== "gateway";
}

/** Each backend's share of the traffic by the weights of an object. */
export function sharesOf(object: ApiObject): ReadonlyMap<string, number> {
  const weights = weightsOf(object);
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  return new Map(weights.map(({ service, weight }) => [service, sum > 0 ? weight / sum : 0]));
}
