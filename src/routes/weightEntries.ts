import type { SplitBackend, WeightEntry } from "./route.ts";
import { sumOf, weightOf } from "./weight.ts";

/** Maximum number of backends in one split. */
export const MOST_BACKENDS = 100;

/** Collects the weight fields of a split by backend, in the order of the object. */
export class WeightEntries {
  readonly #entries = new Map<string, WeightEntry[]>();

  /** Adds the next field. If `spelling` is undefined, the field is missing and its value is `missing`. */
  add(backend: string, path: string, spelling: WeightEntry["spelling"] | undefined, missing: number): void {
    const entry: WeightEntry = { path, spelling: spelling ?? missing, absent: spelling === undefined };
    const known = this.#entries.get(backend);
    if (known === undefined) this.#entries.set(backend, [entry]);
    else known.push(entry);
  }

  /** One backend per Service, with the sum of its weights. */
  backends(): readonly SplitBackend[] {
    return [...this.#entries].map(([backend, entries]) => ({ backend, weight: sumOf(entries.map((e) => weightOf(e.spelling))), entries }));
  }
}
