import { recordOf } from "./record.ts";
import type { Memory, Route } from "./route.ts";
import { LARGEST_WEIGHT, sumOf } from "./weight.ts";

/** The memory of a route: its annotation's, else what follows from how it was left. */
export function memoryAtStart(route: Route, nowMs: number): Memory | null {
  return route.memory ?? leftFailedOver(route, nowMs);
}

/**
 * The memory of a TrafficSplit that Linkerd's extension has left failed over: it names its primary, which has no weight. The
 * primary gets the whole sum back, by steps. On any other route a zero is what the owner wants. Null: it was not left so.
 */
function leftFailedOver({ kind, primary, namesPrimary, splits: [split] }: Route, nowMs: number): Memory | null {
  if (kind !== "TrafficSplit" || !namesPrimary || split === undefined) return null;
  const sum = sumOf(split.backends.map((b) => b.weight));
  if (sum === 0 || split.backends.find((b) => b.backend === primary)?.weight !== 0) return null;
  // 12 digits remove floating-point noise from a number that the owner will read.
  const whole = Math.min(Number(sum.toPrecision(12)), LARGEST_WEIGHT);
  const baseline = split.backends.map(({ backend, entries }) => {
    const spellings = entries.map((_, i) => (backend === primary && i === 0 ? whole : 0));
    return [backend, spellings] as const;
  });
  const written = recordOf(split.backends.map((b) => [b.backend, b.weight] as const));
  return {
    splits: { [split.name]: { baseline: recordOf(baseline), written } },
    backends: { [primary]: { phase: "out", sinceMs: nowMs, cause: "readiness" } },
  };
}
