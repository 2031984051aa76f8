import { getHeapStatistics, setFlagsFromString } from "node:v8";

/** With more than this in use the cluster is large, and ticks are many times faster with a larger heap. */
const SMALL_HEAP_BYTES = 48 * 1024 * 1024;
const CHECK_EVERY_MS = 5_000;
/** A large heap may grow by this part of what is in use before garbage is collected. V8's own choice is up to four times as much. */
const LARGE_HEAP_GROWTH_PERCENT = 50;

/**
 * Makes V8 collect garbage early. By default it lets the heap grow to several times what is in use while the machine has memory, and
 * 500 routes need 25 MB in all. It is set in code so that it holds however the program is started; the room for young objects can be
 * limited only by a flag of Node, which the image sets.
 */
export function spareMemory(): void {
  setFlagsFromString("--optimize-for-size");
  const timer = setInterval(() => {
    if (getHeapStatistics().used_heap_size < SMALL_HEAP_BYTES) return;
    clearInterval(timer);
    setFlagsFromString("--no-optimize-for-size");
    setFlagsFromString(`--heap-growing-percent=${LARGE_HEAP_GROWTH_PERCENT}`);
  }, CHECK_EVERY_MS);
  timer.unref();
}
