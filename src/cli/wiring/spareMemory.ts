import { getHeapStatistics, setFlagsFromString } from "node:v8";

/** With more than this in use the cluster is large, and ticks are many times faster with a larger heap. */
const SMALL_HEAP_BYTES = 48 * 1024 * 1024;
const CHECK_EVERY_MS = 5_000;

/**
 * Makes V8 collect garbage early. By default it keeps 67 MB for young objects alone while the machine has memory, and 500
 * routes need 25 MB in all. It is set in code so that it holds however the program is started.
 */
export function spareMemory(): void {
  setFlagsFromString("--optimize-for-size");
  const timer = setInterval(() => {
    if (getHeapStatistics().used_heap_size < SMALL_HEAP_BYTES) return;
    clearInterval(timer);
    setFlagsFromString("--no-optimize-for-size");
  }, CHECK_EVERY_MS);
  timer.unref();
}
