/** Time during which something was seen to hold, from look to look. A tick that says nothing stops it, and it goes on later. */
export interface Stopwatch {
  readonly elapsedMs: number;
  readonly running: boolean;
}

/** The watch after a tick that confirms; `sinceLastTickMs` counts only if the tick before confirmed too. */
export function advance(watch: Stopwatch | null, sinceLastTickMs: number): Stopwatch {
  if (watch === null) return { elapsedMs: 0, running: true };
  return { elapsedMs: watch.elapsedMs + (watch.running ? sinceLastTickMs : 0), running: true };
}

/** The watch after a tick that says nothing. */
export function pause(watch: Stopwatch): Stopwatch {
  return watch.running ? { elapsedMs: watch.elapsedMs, running: false } : watch;
}
