/** Changes within this time after a first one are combined into one tick. */
const GATHER_MS = 250;

/**
 * Turns a stream of changes into ticks: the first change runs a tick at once; the changes within `gatherMs` after it
 * share one tick at the end of that time.
 */
export class Wakeups {
  readonly #tick: () => void;
  readonly #gatherMs: number;
  #gathering: NodeJS.Timeout | null = null;
  #more = false;
  #stopped = false;

  constructor(tick: () => void, gatherMs: number = GATHER_MS) {
    this.#tick = tick;
    this.#gatherMs = gatherMs;
  }

  /** Something has changed. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#gathering !== null) {
      this.#more = true;
      return;
    }
    this.#gather();
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
  }

  #gather(): void {
    this.#gathering = setTimeout(() => {
      this.#gathering = null;
      if (!this.#more) return;
      this.#more = false;
      this.#gather();
      this.#tick();
    }, this.#gatherMs);
  }
}
