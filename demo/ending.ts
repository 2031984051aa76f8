import { setTimeout as sleep } from "node:timers/promises";

/** The demo cannot go on: thrown from wherever that shows, caught once, where everything is cleaned up. */
export class Ending extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const POLL_MS = 100;

/** Asks until there is an answer; ends the demo when the limit has passed, saying what it waited for. */
export async function waitFor<T>(what: string, limitMs: number, signal: AbortSignal, ask: () => Promise<T | null> | T | null): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Ending(`waited ${limitMs / 1_000} s for ${what}, in vain`);
    await rest(POLL_MS, signal);
  }
}

/** Sleeps, unless the demo ends meanwhile. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
