import { setTimeout as sleep } from "node:timers/promises";

/** Thrown if the demo cannot go on; caught in one place, after the cleanup. */
export class Ending extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const POLL_MS = 100;

/** Calls `ask` until it returns an answer; after the limit, ends the demo with what it waited for. */
export async function waitFor<T>(what: string, limitMs: number, signal: AbortSignal, ask: () => Promise<T | null> | T | null): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Ending(`waited ${limitMs / 1_000} s in vain for ${what}`);
    await rest(POLL_MS, signal);
  }
}

/** Sleeps, unless the demo ends meanwhile. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
