/** More names are not remembered. */
const REMEMBERED_LIMIT = 100;

interface Waiting {
  readonly name: string;
  begin(): void;
}

/**
 * Runs few jobs at once. The others wait for their turn, for a limited time. A job that waited in vain goes before the
 * others the next time, so that slow answers do not always cost the same ones their turn.
 */
export class FairTurns {
  readonly #atOnce: number;
  readonly #waitLimitMs: number;
  #running = 0;
  readonly #waiting = new Set<Waiting>();
  /** How often in a row the jobs of this name have waited in vain. */
  readonly #vain = new Map<string, number>();

  constructor(atOnce: number, waitLimitMs: number) {
    this.#atOnce = atOnce;
    this.#waitLimitMs = waitLimitMs;
  }

  /** The result of the job, or null if it had no turn. */
  async run<T>(name: string, job: () => Promise<T>): Promise<T | null> {
    const leave = await this.enter(name);
    if (leave === null) return null;
    try {
      return await job();
    } finally {
      leave();
    }
  }

  /** Waits for a turn, until the signal ends it. The result ends the turn, and must be called once; null: there was no turn. */
  async enter(name: string, signal?: AbortSignal): Promise<(() => void) | null> {
    const begun = await this.#turn(name, signal);
    this.#remember(name, begun);
    return begun ? () => this.#handOn() : null;
  }

  async #turn(name: string, signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted === true) return false;
    if (this.#running < this.#atOnce) {
      this.#running += 1;
      return true;
    }
    const turn = Promise.withResolvers<boolean>();
    const waiting = { name, begin: () => turn.resolve(true) };
    this.#waiting.add(waiting);
    const giveUp = (): void => {
      if (this.#waiting.delete(waiting)) turn.resolve(false);
    };
    const timer = setTimeout(giveUp, this.#waitLimitMs);
    signal?.addEventListener("abort", giveUp, { once: true });
    const begun = await turn.promise;
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
    return begun;
  }

  #remember(name: string, begun: boolean): void {
    if (begun) this.#vain.delete(name);
    else if (this.#vain.has(name) || this.#vain.size < REMEMBERED_LIMIT) this.#vain.set(name, this.#vainOf(name) + 1);
  }

  /** Gives the turn to the job that has waited in vain most often; among equals, to the first. */
  #handOn(): void {
    let next: Waiting | null = null;
    for (const one of this.#waiting) if (next === null || this.#vainOf(one.name) > this.#vainOf(next.name)) next = one;
    if (next === null) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }

  #vainOf(name: string): number {
    return this.#vain.get(name) ?? 0;
  }
}
