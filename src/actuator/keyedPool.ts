export interface KeyedPoolOptions<T> {
  /** Maximum number of concurrent jobs. */
  readonly atATime: number;
  /** Runs one job. Must not throw, and must end soon after the signal aborts. */
  run(job: T, signal: AbortSignal): Promise<void>;
}

/**
 * Runs jobs concurrently, but never two with the same key. At most one job per key waits: a newer one replaces it.
 * Keys start in the order in which they were submitted.
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

  /** Queues a job. After `stop`, jobs are dropped. */
  submit(key: string, job: T): void {
    if (this.#stopped) return;
    this.#waiting.set(key, job);
    this.#startNext();
  }

  /** Drops the waiting jobs for which `keep` is false. */
  retain(keep: (key: string) => boolean): void {
    for (const key of this.#waiting.keys()) if (!keep(key)) this.#waiting.delete(key);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Drops the waiting jobs. Running jobs may finish within `withinMs`, then they are aborted. Resolves within that time. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.#finish(withinMs);
    this.#abort.abort();
  }

  /** Lets waiting and running jobs finish within `withinMs`, then stops. */
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
    // Start after the promise is in the map: otherwise, a job that ends at once would stay in the map forever.
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
