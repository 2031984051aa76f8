import { reconcileBaseline } from "./baseline.ts";
import { memoryAtStart } from "./leftFailedOver.ts";
import type { Route } from "./route.ts";
import { weightOfAll } from "./weight.ts";

/** The route with every split at its baseline, without memory, pin and freeze. */
export function atBaseline(route: Route): Route {
  const reconciled = reconcileBaseline(route, memoryAtStart(route, 0));
  const splits = route.splits.map((split) => {
    const baseline = reconciled.splits[split.name]?.baseline ?? {};
    const backends = split.backends.map((backend) => {
      const spellings = baseline[backend.backend] ?? [];
      const entries = backend.entries.map((entry, i) => ({ ...entry, spelling: spellings[i] ?? entry.spelling }));
      return { ...backend, weight: weightOfAll(spellings), entries };
    });
    return { ...split, backends };
  });
  return { ...route, splits, memory: null, memoryText: null, pin: null, frozen: false };
}
