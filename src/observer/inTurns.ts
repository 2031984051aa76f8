import { setImmediate } from "node:timers/promises";

const ITEMS_OF_TURN = 500;

/** Works on one item after another, and lets other work have its turn now and then. Ends early when the signal aborts. */
export async function inTurns<T>(items: Iterable<T>, signal: AbortSignal, work: (item: T) => void): Promise<void> {
  let count = 0;
  for (const item of items) {
    if (signal.aborted) return;
    work(item);
    count += 1;
    if (count % ITEMS_OF_TURN === 0) await setImmediate();
  }
}
