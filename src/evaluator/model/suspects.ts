import type { SignalWindow } from "./observation.ts";
import { RESTLESS } from "./rest.ts";
import type { State } from "./state.ts";

/** The routes with a backend that is suspect because of its success rate, by `routeKey`, and the window in which it is counted. */
export type Suspects = ReadonlyMap<string, SignalWindow>;

export const NO_SUSPECTS: Suspects = new Map();

/** About these routes their clients are asked, each for itself. At rest there are none, so it costs nothing. */
export function suspectsOf({ routes }: State): Suspects {
  let suspects: Map<string, SignalWindow> | null = null;
  for (const [key, { backends, trace }] of routes) {
    // A route with a suspect backend does not rest.
    if (trace.restsUntilMs > RESTLESS) continue;
    const successRate = trace.judgedBy?.signals.successRate;
    if (successRate === undefined) continue;
    for (const { state } of backends.values()) {
      if (state.phase !== "suspect" || state.suspectedBy !== "successRate") continue;
      suspects ??= new Map();
      suspects.set(key, successRate);
    }
  }
  return suspects ?? NO_SUSPECTS;
}
