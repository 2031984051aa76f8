import { pause } from "./pause.ts";

/** Waits until the work is done, but not longer than this. Fails if the work does. */
export async function settledWithin(work: Promise<unknown>, limitMs: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, pause(limitMs, over.signal)]);
  over.abort();
}
