/** All routes are evaluated at least once in this time, though nothing says that they have changed. */
const ROUND_MS = 60_000;

/** Spreads a round of all routes evenly over time, so that each is evaluated now and then whatever was overlooked. */
export class SpreadCheck {
  /** The routes of this round that were not due yet. */
  #left: string[] = [];
  #lastMs: number | null = null;
  /** What has accrued: routes × milliseconds. A whole number, so that no route is lost by rounding. */
  #accrued = 0;

  /** The `routeKey`s that are due now, of all these. */
  take(keys: { readonly size: number; keys(): Iterable<string> }, nowMs: number): readonly string[] {
    const passedMs = Math.min(ROUND_MS, Math.max(0, nowMs - (this.#lastMs ?? nowMs)));
    this.#lastMs = nowMs;
    this.#accrued += keys.size * Math.round(passedMs);
    const count = Math.floor(this.#accrued / ROUND_MS);
    this.#accrued -= count * ROUND_MS;
    if (this.#left.length < count) this.#left = [...keys.keys(), ...this.#left];
    return count === 0 ? [] : this.#left.splice(-count);
  }
}
