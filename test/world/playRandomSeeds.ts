import { randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { PlayedSeed } from "./seedWorker.ts";

/** What many stories came to. */
export interface ManyStories {
  readonly stories: number;
  readonly elapsedMs: number;
  /** Writes of ours that landed. */
  readonly landed: number;
  /** The seeds whose stories ended badly. */
  readonly violated: readonly number[];
}

/** Any seed below this may come up. */
const SEEDS = 4_000_000;

/**
 * Plays stories of random seeds until so much virtual time is played. A thread for each core, since virtual time takes
 * over the clocks and timers of the thread that it is in.
 */
export async function playRandomSeeds(playMs: number, onViolated: (played: PlayedSeed) => void): Promise<ManyStories> {
  let stories = 0;
  let elapsedMs = 0;
  let landed = 0;
  const violated: number[] = [];
  const playInThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./seedWorker.ts", import.meta.url));
      const next = (): void => void (elapsedMs < playMs ? worker.postMessage(randomInt(SEEDS)) : worker.terminate());
      worker.on("message", (played: PlayedSeed) => {
        stories += 1;
        elapsedMs += played.elapsedMs;
        landed += played.landed;
        if (played.violations.length > 0) {
          violated.push(played.seed);
          onViolated(played);
        }
        next();
      });
      worker.on("error", reject);
      worker.on("exit", () => resolve());
      next();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, playInThread));
  return { stories, elapsedMs, landed, violated };
}
