import type { Route } from "../../routes/route.ts";
import type { Observation } from "./observation.ts";
import { liveShares } from "./weightHistory.ts";

/**
 * The observation of a dry run or a replay: the routes as if the desired weights had been written, in the order of `seen`. The
 * real weights send the traffic, so what Prometheus counts is judged by those.
 */
export function supposing(seen: Observation, supposed: readonly Route[]): Observation {
  const sent = new Map<string, ReadonlyMap<string, number>>();
  for (const [i, route] of seen.routes.entries()) if (supposed[i] !== route) sent.set(route.key, sharesOf(route));
  return sent.size === 0 ? seen : { ...seen, routes: supposed, sent };
}

function sharesOf({ splits }: Route): ReadonlyMap<string, number> {
  return liveShares(splits.map(({ backends }) => Object.fromEntries(backends.map(({ backend, weight }) => [backend, weight]))));
}
