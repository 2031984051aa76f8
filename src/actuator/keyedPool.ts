export interface KeyedPoolOptions<T> {
  /** Maximum number of concurrent jobs now. */
  atATime(): number;
  /** Runs one job. Must not throw, and must end soon after the signal aborts. */
  run(job: T, signal: AbortSignal): Promise<void>;
}

/**
 * Runs jobs concurrently, but never two with the same key. At most one job per key waits: a newer one replaces it.
 * Jobs of a lower rank start first; of one rank, in the order in which their keys were submitted.
 */
export class KeyedPool<T> {
  readonly #options: KeyedPoolOptions<T>;
  /** By rank. */
  readonly #waiting: Map<string, T>[] = [];
  readonly #running = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  #pause: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(options: KeyedPoolOptions<T>) {
    this.#options = options;
  }

  /** Queues a job. After `stop`, jobs are dropped. */
  submit(key: string, job: T, rank = 0): void {
    if (this.#stopped) return;
    for (const [other, jobs] of this.#waiting.entries()) if (other !== rank) jobs.delete(key);
    while (this.#waiting.length <= rank) this.#waiting.push(new Map());
    this.#waiting[rank]?.set(key, job);
    this.#startNext();
  }

  /** Drops a waiting job. */
  drop(key: string): void {
    for (const jobs of this.#waiting) jobs.delete(key);
  }

  /** Drops all waiting jobs. */
  clear(): void {
    for (const jobs of this.#waiting) jobs.clear();
  }

  /** Starts no job for so long. */
  pause(ms: number): void {
    if (this.#stopped) return;
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = null;
      this.#startNext();
    }, ms);
  }

  isWaiting(key: string): boolean {
    return this.#waiting.some((jobs) => jobs.has(key));
  }

  get waiting(): number {
    let count = 0;
    for (const jobs of this.#waiting) count += jobs.size;
    return count;
  }

  /** Drops the waiting jobs. Running jobs may finish within `withinMs`, then they are aborted. Resolves within that time. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    this.clear();
    if (this.#pause !== null) clearTimeout(this.#pause);
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
    if (this.#pause !== null) return;
    for (const jobs of this.#waiting) {
      for (const [key, job] of jobs) {
        if (this.#running.size >= this.#options.atATime()) return;
        if (this.#running.has(key)) continue;
        jobs.delete(key);
        this.#running.set(key, this.#run(key, job));
      }
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
