import { benchCluster } from "./clusterBench.ts";
import { benchStep } from "./stepBench.ts";

/** Run by `npm run bench`, or by `npm run bench -- step` for one part. */
const PARTS: Readonly<Record<string, () => void | Promise<void>>> = { step: benchStep, cluster: benchCluster };

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries(PARTS)) if (wanted.length === 0 || wanted.includes(name)) await bench();
