import { createHash, randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { SeedUsers } from "./regretSpread.ts";
import { seededRandom } from "./seededRandom.ts";
import type { PlayedSeed } from "./seedWorker.ts";

/** The result of many stories. */
export interface ManyStories {
  readonly stories: number;
  readonly elapsedMs: number;
  /** Number of successful writes of ours. */
  readonly landed: number;
  /** The seeds of stories with violations. */
  readonly violated: readonly number[];
  /** What users lost in each story. */
  readonly users: readonly SeedUsers[];
}

/** Seeds are below this number. */
const SEEDS = 4_000_000;

/** Returns a function that draws random seeds; the same seeds for the same text, if there is one. */
export function drawSeeds(text: string | null): () => number {
  if (text === null) return () => randomInt(SEEDS);
  const random = seededRandom(createHash("sha256").update(text).digest().readUInt32BE());
  return () => Math.floor(random() * SEEDS);
}

/**
 * Plays stories of drawn seeds until this much virtual time has passed. Uses a thread for each core, because virtual time
 * replaces the clocks and timers of its thread. Stories count in the order of their seeds, so that the result does not
 * depend on the speed of the threads.
 */
export async function playRandomSeeds(
  { playMs, drawSeed, early = false }: { readonly playMs: number; readonly drawSeed: () => number; readonly early?: boolean },
  onViolated: (played: PlayedSeed) => void,
): Promise<ManyStories> {
  const waiting = new Map<number, PlayedSeed>();
  const violated: number[] = [];
  const users: SeedUsers[] = [];
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
      users.push({ seed: played.seed, users: played.users });
      if (played.violations.length === 0) continue;
      violated.push(played.seed);
      onViolated(played);
    }
  };
  const playInThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./seedWorker.ts", import.meta.url), { workerData: { early } });
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
  return { stories, elapsedMs, landed, violated, users };
}
