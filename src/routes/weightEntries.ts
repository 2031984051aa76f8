import type { SplitBackend, WeightEntry } from "./route.ts";
import { sumOf, weightOf } from "./weight.ts";

/** Backends in one split, of whatever kind of route. */
export const MOST_BACKENDS = 100;

/** The places of a split's weights, gathered by backend in the order in which the object lists them. */
export class WeightEntries {
  readonly #entries = new Map<string, WeightEntry[]>();

  /** Takes the next place. `spelling` is undefined where the weight is missing, which then stands for `missing`. */
  add(backend: string, path: string, spelling: WeightEntry["spelling"] | undefined, missing: number): void {
    const entry: WeightEntry = { path, spelling: spelling ?? missing, absent: spelling === undefined };
    const known = this.#entries.get(backend);
    if (known === undefined) this.#entries.set(backend, [entry]);
    else known.push(entry);
  }

  /** One backend for each Service, its weights added up. */
  backends(): readonly SplitBackend[] {
    return [...this.#entries].map(([backend, entries]) => ({ backend, weight: sumOf(entries.map((e) => weightOf(e.spelling))), entries }));
  }
}
