import { readingsOf } from "../evaluator/model/judgement.ts";
import type { State } from "../evaluator/model/state.ts";

/** Ticks that are kept of each backend: five minutes at the default interval. */
const SAMPLES = 60;

/** A success rate is stored as a number of thousandths. */
const PARTS = 1_000;
/** Stands for no success rate. */
const NONE = PARTS + 1;

/** The recent success rates by route and backend, for the sparklines of the status page. Deleted routes are dropped. */
export class RateHistory {
  readonly #rates = new Map<string, Map<string, Uint16Array>>();
  #lastMs: number | null = null;

  /** Adds the rates of the last tick; does nothing if that tick was added already. */
  sample({ routes, lastMs }: Pick<State, "routes" | "lastMs">): void {
    if (lastMs === this.#lastMs) return;
    this.#lastMs = lastMs;
    for (const key of this.#rates.keys()) if (!routes.has(key)) this.#rates.delete(key);
    for (const [key, { backends }] of routes) {
      const known = this.#rates.get(key) ?? new Map<string, Uint16Array>();
      this.#rates.set(key, known);
      for (const name of known.keys()) if (!backends.has(name)) known.delete(name);
      for (const [name, { judgement }] of backends) {
        const rate = successRateOf(readingsOf(judgement)["successRate"]);
        const samples = known.get(name) ?? new Uint16Array(SAMPLES).fill(NONE);
        samples.copyWithin(0, 1);
        samples[SAMPLES - 1] = rate === null ? NONE : Math.round(rate * PARTS);
        known.set(name, samples);
      }
    }
  }

  /** The rates of one backend, 0..1, oldest first; null for a tick without a rate. Begins with the first known rate. */
  of(route: string, backend: string): readonly (number | null)[] {
    const samples = this.#rates.get(route)?.get(backend);
    if (samples === undefined) return [];
    const first = samples.findIndex((sample) => sample !== NONE);
    return first < 0 ? [] : Array.from(samples.subarray(first), (sample) => (sample === NONE ? null : sample / PARTS));
  }
}

/** The share of good requests in a reading, 0..1; null if it has no requests. */
export function successRateOf(reading: ReturnType<typeof readingsOf>[string] | undefined): number | null {
  return reading !== undefined && "total" in reading && reading.total > 0 ? reading.good / reading.total : null;
}
