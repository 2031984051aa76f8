/** What follows a first change within this time is gathered into one look. */
const GATHER_MS = 250;

/**
 * Turns a stream of changes into looks: the first change is looked at at once, what follows within `gatherMs` of it
 * together at the end of that time.
 */
export class Wakeups {
  readonly #look: () => void;
  readonly #gatherMs: number;
  #gathering: NodeJS.Timeout | null = null;
  #more = false;
  #stopped = false;

  constructor(look: () => void, gatherMs: number = GATHER_MS) {
    this.#look = look;
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
    this.#look();
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
      this.#look();
    }, this.#gatherMs);
  }
}
