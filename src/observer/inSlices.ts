import { setImmediate } from "node:timers/promises";

/** Does work slice by slice, and lets other work have its turn between two. */
export async function inSlices<T>(slices: Iterator<void, T>): Promise<T> {
  for (;;) {
    const next = slices.next();
    if (next.done === true) return next.value;
    await setImmediate();
  }
}
