/**
 * Runs work slice by slice, with a turn of the event loop between two, so that a request or a change of the cluster does not wait for
 * all of it. Work of a single slice is done when `run` returns.
 */
export class SlicedWork {
  #next: NodeJS.Immediate | null = null;
  #over: { readonly promise: Promise<void>; resolve(): void } | null = null;

  get isRunning(): boolean {
    return this.#over !== null;
  }

  /** Resolves when the running work is done, or stopped; at once if there is none. */
  async over(): Promise<void> {
    await this.#over?.promise;
  }

  /** Begins work; there must be none running. `done` gets its result and how long the slices took together, in milliseconds. */
  run<T>(slices: Iterator<void, T>, done: (result: T, workedMs: number) => void): void {
    this.#over = Promise.withResolvers<void>();
    this.#slice(slices, done, 0);
  }

  /** Drops the rest of the work. `done` is not called any more. */
  stop(): void {
    if (this.#next !== null) clearImmediate(this.#next);
    this.#end();
  }

  #slice<T>(slices: Iterator<void, T>, done: (result: T, workedMs: number) => void, beforeMs: number): void {
    const startedMs = performance.now();
    const next = slices.next();
    const workedMs = beforeMs + performance.now() - startedMs;
    if (next.done === true) {
      this.#end();
      done(next.value, workedMs);
    } else this.#next = setImmediate(() => this.#slice(slices, done, workedMs));
  }

  #end(): void {
    this.#next = null;
    this.#over?.resolve();
    this.#over = null;
  }
}
