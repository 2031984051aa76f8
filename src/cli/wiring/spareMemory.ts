import { getHeapStatistics, setFlagsFromString } from "node:v8";

/** Where more than this is in use, a cluster is so large that its routes are judged many times faster with room to spare. */
const SMALL_HEAP_BYTES = 48 * 1024 * 1024;
const LOOK_EVERY_MS = 5_000;

/**
 * V8 lets garbage lie as long as the machine has memory: 67 MB for young objects alone, where all of 500 routes takes 25.
 * We make it collect early instead. This is set here since it then holds however the program is started.
 */
export function spareMemory(): void {
  setFlagsFromString("--optimize-for-size");
  const looking = setInterval(() => {
    if (getHeapStatistics().used_heap_size < SMALL_HEAP_BYTES) return;
    clearInterval(looking);
    setFlagsFromString("--no-optimize-for-size");
  }, LOOK_EVERY_MS);
  looking.unref();
}
