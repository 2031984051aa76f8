/** The requests and errors of one client, second by second. */
export class Tally {
  readonly #startMs: number;
  readonly #requests = new Map<string, number[]>();
  readonly #errors = new Map<string, number[]>();
  readonly #errorsASecond: number[] = [];
  requests = 0;
  errors = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Counts one finished request; `backend` is null if there was no backend for it. */
  count(backend: string | null, good: boolean, atMs: number): void {
    const second = this.#second(atMs);
    this.requests += 1;
    if (backend !== null) increase(this.#requests, backend, second);
    if (good) return;
    this.errors += 1;
    this.#errorsASecond[second] = (this.#errorsASecond[second] ?? 0) + 1;
    if (backend !== null) increase(this.#errors, backend, second);
  }

  /** Requests and errors of a backend in the last whole second. */
  lastSecond(backend: string, nowMs: number): { readonly requests: number; readonly errors: number } {
    const second = this.#second(nowMs) - 1;
    return { requests: this.#requests.get(backend)?.[second] ?? 0, errors: this.#errors.get(backend)?.[second] ?? 0 };
  }

  /** Errors in each of the last whole seconds, oldest first; fewer entries shortly after the start. */
  errorsASecond(seconds: number, nowMs: number): number[] {
    const until = this.#second(nowMs);
    const from = Math.max(0, until - seconds);
    return Array.from({ length: until - from }, (_, at) => this.#errorsASecond[from + at] ?? 0);
  }

  #second(atMs: number): number {
    return Math.max(0, Math.floor((atMs - this.#startMs) / 1_000));
  }
}

function increase(counts: Map<string, number[]>, key: string, second: number): void {
  const seconds = counts.get(key) ?? [];
  counts.set(key, seconds);
  seconds[second] = (seconds[second] ?? 0) + 1;
}
