export interface KeyedPoolOptions<T> {
  /** How many jobs run side by side. */
  readonly atATime: number;
  /** Does one job. Must not throw, and must end soon once the signal aborts. */
  run(job: T, signal: AbortSignal): Promise<void>;
}

/**
 * Runs jobs side by side, never two of one key at once. Of each key at most one waits: a newer one takes its place.
 * Keys start in the order in which they came.
 */
export class KeyedPool<T> {
  readonly #options: KeyedPoolOptions<T>;
  readonly #waiting = new Map<string, T>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  #stopped = false;

  constructor(options: KeyedPoolOptions<T>) {
    this.#options = options;
  }

  /** Takes a job. After `stop` it is dropped. */
  submit(key: string, job: T): void {
    if (this.#stopped) return;
    this.#waiting.set(key, job);
    this.#startNext();
  }

  /** Drops every job that has not begun and that the test does not want kept. */
  retain(keep: (key: string) => boolean): void {
    for (const key of this.#waiting.keys()) if (!keep(key)) this.#waiting.delete(key);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Drops what waits; what runs may finish within this time, then it is aborted. Resolves within that time. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.#finish(withinMs);
    this.#abort.abort();
  }

  /** Lets what waits and what runs finish within this time, then stops. */
  async drain(withinMs: number): Promise<void> {
    await within(withinMs, this.#idle());
    await this.stop(0);
  }

  async #idle(): Promise<void> {
    while (this.#running.size > 0 && !this.#stopped) await Promise.all(this.#running.values());
  }

  async #finish(withinMs: number): Promise<void> {
    if (withinMs > 0) await within(withinMs, Promise.all(this.#running.values()));
  }

  #startNext(): void {
    for (const [key, job] of this.#waiting) {
      if (this.#running.size >= this.#options.atATime) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.set(key, this.#run(key, job));
    }
  }

  async #run(key: string, job: T): Promise<void> {
    // The job begins after its promise is on record: one that ends at once would otherwise stay there for good.
    await Promise.resolve();
    try {
      await this.#options.run(job, this.#abort.signal);
    } finally {
      this.#running.delete(key);
      this.#startNext();
    }
  }
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
