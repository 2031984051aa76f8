import { parentPort, workerData } from "node:worker_threads";
import { playSeededStory, type StoryEnd } from "./seededStory.ts";

/** The result of a seed's story; with the chronicle only if there are violations. */
export interface PlayedSeed extends StoryEnd {
  readonly seed: number;
}

const { early } = workerData as { readonly early: boolean };

/** Plays the seeds that the main thread sends, one after the other. */
parentPort?.on("message", (seed: number) => {
  void playSeededStory(seed, { early }).then((end) => {
    const played: PlayedSeed = { ...end, seed, chronicle: end.violations.length > 0 ? end.chronicle : [] };
    parentPort?.postMessage(played);
  });
});
