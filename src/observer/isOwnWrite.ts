import { isDeepStrictEqual } from "node:util";
import type { Route } from "../routes/route.ts";

/** Whether a route has changed only by a write of ours, and nothing else of it is different. `writer`: our name in annotations. */
export function isOwnWrite(before: Route | null, now: Route | null, writer: string): boolean {
  if (before === null || now === null || now.memory?.writer !== writer || now.memoryText === before.memoryText) return false;
  const { memory } = now;
  const hasOurWeights = now.splits.every(({ name, backends }) => {
    const written = memory.splits[name]?.written;
    return written === undefined || backends.every(({ backend, weight }) => written[backend] === weight);
  });
  return hasOurWeights && isDeepStrictEqual(withoutWeights(before), withoutWeights(now));
}

function withoutWeights(route: Route): object {
  const splits = route.splits.map((split) => ({
    ...split,
    backends: split.backends.map(({ backend, entries }) => [backend, entries.length]),
  }));
  return { ...route, splits, resourceVersion: "", memory: null, memoryText: null, lastManager: null };
}
