import { parentPort } from "node:worker_threads";
import { playSeededStory, type StoryEnd } from "./seededStory.ts";

/** How the story of a seed went; the whole chronicle only where it ended badly. */
export interface PlayedSeed extends StoryEnd {
  readonly seed: number;
}

/** Plays the seeds that it is sent, one after the other. */
parentPort?.on("message", (seed: number) => {
  void playSeededStory(seed).then((end) => {
    const played: PlayedSeed = { ...end, seed, chronicle: end.violations.length > 0 ? end.chronicle : [] };
    parentPort?.postMessage(played);
  });
});
