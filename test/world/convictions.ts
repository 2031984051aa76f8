import type { ApiObject } from "./apiResource.ts";
import { leftOnMetrics, phasesOf } from "./remembered.ts";
import { keyOf, type SceneRoute } from "./sceneRoute.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";

/**
 * When backends were removed because of metrics. One that was removed although it was well, as by a forged annotation, is not
 * convicted: it may be tried again like any other.
 */
export class Convictions {
  readonly #mesh: Pick<SimulatedMesh, "isWell">;
  /** By route and backend. */
  readonly #atMs = new Map<string, number>();
  /** By route: its object one second ago. */
  readonly #objects = new Map<string, ApiObject>();

  constructor(mesh: Pick<SimulatedMesh, "isWell">) {
    this.#mesh = mesh;
  }

  note(route: SceneRoute, object: ApiObject, nowMs: number): void {
    const key = keyOf(route);
    const before = this.#objects.get(key);
    if (before === object) return;
    this.#objects.set(key, object);
    const was = before === undefined ? {} : phasesOf(before);
    for (const [service, memory] of Object.entries(phasesOf(object))) {
      const isNew = leftOnMetrics(memory) && was[service]?.phase !== "out";
      if (isNew && !this.#mesh.isWell(`${route.namespace}/${service}`)) this.#atMs.set(`${key} ${service}`, nowMs);
    }
  }

  lastMs(route: SceneRoute, service: string): number {
    return this.#atMs.get(`${keyOf(route)} ${service}`) ?? Number.NEGATIVE_INFINITY;
  }
}
