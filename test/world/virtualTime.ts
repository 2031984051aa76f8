const realImmediate = globalThis.setImmediate;

type Callback = (...args: unknown[]) => void;

/** Replaces a `NodeJS.Timeout`. */
interface VirtualTimer {
  dueMs: number;
  /** Timers with the same due time fire in the order in which they were set. */
  order: number;
  readonly everyMs: number | null;
  readonly callback: () => void;
  /** Whether its callback starts no asynchronous work. */
  readonly isBrief: boolean;
  refresh(): VirtualTimer;
  ref(): VirtualTimer;
  unref(): VirtualTimer;
  hasRef(): boolean;
}

/**
 * A clock that moves only when a test lets it, with its timers. All work after one timer is completed before the next one, as
 * long as it needs only promises and streams. So the same story always has the same result, and takes only the time of its
 * work.
 */
export class VirtualTime {
  readonly #startMs: number;
  readonly #timers = new Set<VirtualTimer>();
  #nowMs: number;
  #count = 0;
  /** Number of scheduled macrotasks. */
  #macrotasks = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Virtual time since the clock was created. */
  get elapsedMs(): number {
    return this.#nowMs - this.#startMs;
  }

  /** Replaces the process's clocks and timers by virtual time. Returns a function that restores them. */
  install(): () => void {
    const { setTimeout, setInterval, clearTimeout, clearInterval, setImmediate } = globalThis;
    const real = { setTimeout, setInterval, clearTimeout, clearInterval, setImmediate };
    const dateNow = Date.now;
    const performanceNow = performance.now;
    const clear = (timer: unknown) => void this.#timers.delete(timer as VirtualTimer);
    Object.assign(globalThis, {
      setTimeout: (callback: Callback, ms?: number, ...args: unknown[]) => this.#set(() => callback(...args), ms, {}),
      setInterval: (callback: Callback, ms?: number, ...args: unknown[]) => this.#set(() => callback(...args), ms, { repeats: true }),
      setImmediate: (callback: Callback, ...args: unknown[]) => {
        this.#macrotasks += 1;
        return setImmediate(callback, ...args);
      },
      clearTimeout: clear,
      clearInterval: clear,
    });
    Date.now = () => Math.floor(this.#nowMs);
    performance.now = () => this.elapsedMs;
    return () => {
      Object.assign(globalThis, real);
      Date.now = dateNow;
      performance.now = performanceNow;
      this.#timers.clear();
    };
  }

  /** Calls back periodically. The callback must not start asynchronous work. */
  every(ms: number, callback: () => void): void {
    this.#set(callback, ms, { repeats: true, isBrief: true });
  }

  /** Lets time pass, timer by timer, until the time is over or the condition is met. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.#settle();
    for (let timer = this.#next(untilMs); timer !== null; timer = this.#next(untilMs)) {
      if (isOver()) return;
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      if (timer.everyMs === null) this.#timers.delete(timer);
      else this.#schedule(timer, timer.everyMs);
      timer.callback();
      if (!timer.isBrief) await this.#settle();
    }
    this.#nowMs = untilMs;
  }

  /** Waits for promises, streams and `process.nextTick`, which all come before a macrotask, and for macrotasks that they schedule. */
  #settle(): Promise<void> {
    return new Promise((resolve) => {
      const served = () => {
        if (this.#macrotasks === 0) return resolve();
        this.#macrotasks = 0;
        realImmediate(served);
      };
      realImmediate(served);
    });
  }

  #set(callback: () => void, ms: unknown, { repeats = false, isBrief = false }): VirtualTimer {
    // As in Node, the minimum delay is one millisecond.
    const delayMs = Math.max(1, Math.trunc(Number(ms)) || 1);
    const timer: VirtualTimer = {
      dueMs: 0,
      order: 0,
      everyMs: repeats ? delayMs : null,
      callback,
      isBrief,
      refresh: () => this.#schedule(timer, delayMs),
      ref: () => timer,
      unref: () => timer,
      hasRef: () => true,
    };
    return this.#schedule(timer, delayMs);
  }

  #schedule(timer: VirtualTimer, delayMs: number): VirtualTimer {
    timer.dueMs = this.#nowMs + delayMs;
    timer.order = this.#count++;
    this.#timers.add(timer);
    return timer;
  }

  #next(untilMs: number): VirtualTimer | null {
    let first: VirtualTimer | null = null;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (first === null || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) first = timer;
    }
    return first;
  }
}
