import { setTimeout as sleep } from "node:timers/promises";

/** Where another writer comes between reading and writing: how often it is tried again, and after which waits. */
export interface Patience {
  readonly waitsMs: readonly number[];
  readonly wait: (ms: number) => Promise<void>;
}

export const SOME_PATIENCE: Patience = {
  waitsMs: [50, 200, 800, 2_000],
  wait: async (ms) => {
    await sleep(ms);
  },
};
