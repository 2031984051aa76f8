import { benchCluster } from "./clusterBench.ts";
import { benchFastLane } from "./fastLaneBench.ts";
import { benchLoop } from "./loopBench.ts";
import { benchQueries } from "./queriesBench.ts";
import { benchScale } from "./scaleBench.ts";
import { benchStep } from "./stepBench.ts";

/** Run by `npm run bench`, or by `npm run bench -- step` for one part. */
const PARTS: Readonly<Record<string, (args: readonly string[]) => void | Promise<void>>> = {
  step: benchStep,
  cluster: benchCluster,
  queries: benchQueries,
  fastLane: benchFastLane,
  loop: benchLoop,
  scale: benchScale,
};

const args = process.argv.slice(2);
const named = Object.keys(PARTS).filter((name) => args.includes(name));
for (const [name, bench] of Object.entries(PARTS)) if (named.length === 0 || named.includes(name)) await bench(args);
