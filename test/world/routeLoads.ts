import { reachedLoads } from "./expectedFailures.ts";
import { sharesIn } from "./remembered.ts";
import type { SceneSplit } from "./sceneRoute.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";

/** Requests per second that all routes send to each Service under some weights. */
export class RouteLoads {
  readonly #mesh: Pick<SimulatedMesh, "isReachable">;
  readonly #loads = new Map<string, number>();

  constructor(mesh: Pick<SimulatedMesh, "isReachable">) {
    this.#mesh = mesh;
  }

  clear(): void {
    this.#loads.clear();
  }

  /** Adds what splits send, each so many requests per second. */
  add(namespace: string, splits: readonly SceneSplit[], rate: number): void {
    for (const [service, load] of this.#sentBy(namespace, splits, rate)) {
      const key = `${namespace}/${service}`;
      this.#loads.set(key, (this.#loads.get(key) ?? 0) + load);
    }
  }

  /** What each Service gets beside what these splits send. */
  beside(namespace: string, splits: readonly SceneSplit[], rate: number): (service: string) => number {
    const own = new Map<string, number>();
    for (const [service, load] of this.#sentBy(namespace, splits, rate)) own.set(service, (own.get(service) ?? 0) + load);
    return (service) => Math.max(0, (this.#loads.get(`${namespace}/${service}`) ?? 0) - (own.get(service) ?? 0));
  }

  #sentBy(namespace: string, splits: readonly SceneSplit[], rate: number): readonly (readonly [string, number])[] {
    return splits.flatMap((split) => [...reachedLoads(this.#mesh, namespace, rate, sharesIn(split))]);
  }
}
