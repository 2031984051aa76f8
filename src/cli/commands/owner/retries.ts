import { setTimeout as sleep } from "node:timers/promises";

/** Retries after a conflict with another writer: one per wait. */
export interface Retries {
  readonly waitsMs: readonly number[];
  readonly wait: (ms: number) => Promise<void>;
}

export const DEFAULT_RETRIES: Retries = {
  waitsMs: [50, 200, 800, 2_000],
  wait: async (ms) => {
    await sleep(ms);
  },
};
