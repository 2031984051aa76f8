import { createHash, randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { seededRandom } from "./seededRandom.ts";
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

/** Draws seeds at random; with a text always the same ones for the same text. */
export function drawSeeds(text: string | null): () => number {
  if (text === null) return () => randomInt(SEEDS);
  const random = seededRandom(createHash("sha256").update(text).digest().readUInt32BE());
  return () => Math.floor(random() * SEEDS);
}

/**
 * Plays the stories of seeds, as they are drawn, until so much virtual time is played. A thread for each core, since
 * virtual time takes over the clocks and timers of the thread that it is in. Stories count in the order in which their
 * seeds were drawn, so that it hangs on no thread's pace which of them count.
 */
export async function playRandomSeeds(
  playMs: number,
  drawSeed: () => number,
  onViolated: (played: PlayedSeed) => void,
): Promise<ManyStories> {
  const waiting = new Map<number, PlayedSeed>();
  const violated: number[] = [];
  let drawn = 0;
  let stories = 0;
  let elapsedMs = 0;
  let landed = 0;
  const count = (): void => {
    for (let played = waiting.get(stories); played !== undefined && elapsedMs < playMs; played = waiting.get(stories)) {
      waiting.delete(stories);
      stories += 1;
      elapsedMs += played.elapsedMs;
      landed += played.landed;
      if (played.violations.length === 0) continue;
      violated.push(played.seed);
      onViolated(played);
    }
  };
  const playInThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./seedWorker.ts", import.meta.url));
      let place = 0;
      const next = (): void => {
        if (elapsedMs >= playMs) return void worker.terminate();
        place = drawn++;
        worker.postMessage(drawSeed());
      };
      worker.on("message", (played: PlayedSeed) => {
        waiting.set(place, played);
        count();
        next();
      });
      worker.on("error", reject);
      worker.on("exit", () => resolve());
      next();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, playInThread));
  return { stories, elapsedMs, landed, violated };
}
