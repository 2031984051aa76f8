/** Writes in flight: the fewest, the first number, and the most. */
const FEWEST = 8;
const FIRST = 16;
const MOST = 128;

/** The server likes more writes while they take less than this, … */
const SWIFT_MS = 100;
/** … and fewer when one takes more than this. */
const SLOW_MS = 500;

/** What is left of the number after a sign of overload. */
const KEPT_AFTER_OVERLOAD = 0.5;

/**
 * How many writes may be in flight: additive increase while the API server answers swiftly, multiplicative decrease when it is slow
 * or says that it is overloaded.
 */
export class Pace {
  #limit = FIRST;
  /** Writes that began before this have seen the number before the last decrease, and say nothing about the one after it. */
  #decreasedMs = Number.NEGATIVE_INFINITY;

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Takes how long a write took. `isFull`: as many as allowed were in flight, so that more might have been. */
  answered(beganMs: number, nowMs: number, isFull: boolean): void {
    const tookMs = nowMs - beganMs;
    if (tookMs > SLOW_MS) this.overloaded(beganMs, nowMs);
    else if (tookMs < SWIFT_MS && isFull) this.#limit = Math.min(MOST, this.#limit + 1 / this.#limit);
  }

  /** The server refused a write because it has too many requests, or gave no answer in time. */
  overloaded(beganMs: number, nowMs: number): void {
    if (beganMs <= this.#decreasedMs) return;
    this.#decreasedMs = nowMs;
    this.#limit = Math.max(FEWEST, this.#limit * KEPT_AFTER_OVERLOAD);
  }
}
