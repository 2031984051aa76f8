/** For how long a condition has held, counted from tick to tick. A tick at which it is unknown pauses the watch. */
export interface Stopwatch {
  readonly elapsedMs: number;
  readonly running: boolean;
}

/** The watch after a tick at which the condition holds. `sinceLastTickMs` counts only if it held at the tick before, too. */
export function advance(watch: Stopwatch | null, sinceLastTickMs: number): Stopwatch {
  if (watch === null) return { elapsedMs: 0, running: true };
  return { elapsedMs: watch.elapsedMs + (watch.running ? sinceLastTickMs : 0), running: true };
}

/** The watch after a tick at which the condition is unknown. */
export function pause(watch: Stopwatch): Stopwatch {
  return watch.running ? { elapsedMs: watch.elapsedMs, running: false } : watch;
}
