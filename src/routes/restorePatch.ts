import { reconcileBaseline } from "./baseline.ts";
import { guard, STATE_PATH } from "./guardedPatch.ts";
import { ownValue } from "./record.ts";
import type { DesiredRoute, DesiredSplit, JsonPatch, Route } from "./route.ts";
import { weightOfAll } from "./weight.ts";
import { desiredEntries, weightOperation } from "./weightOperations.ts";

/** What it takes to leave a route as if we had never been there. */
export type Restoring =
  /** It has no annotation of ours, so its weights are its owner's. */
  | { readonly kind: "nothing" }
  /** Part of what we moved cannot be read any more; the annotation is the only place that still knows the weights. */
  | { readonly kind: "impossible"; readonly why: string }
  | { readonly kind: "patch"; readonly patch: JsonPatch; readonly desired: DesiredRoute };

/** Puts the baseline back as its owner spelled it and takes our annotation away, in one guarded patch. */
export function restorePatch(route: Route): Restoring {
  if (route.memoryText === null) return { kind: "nothing" };
  const unreadable = route.problems.find(({ problem }) => problem === "unreadable");
  if (unreadable !== undefined && losesSplits(route)) return { kind: "impossible", why: unreadable.text };
  const reconciled = reconcileBaseline(route, route.memory).splits;
  const splits = route.splits.map(({ name, backends }): DesiredSplit => {
    const baseline = ownValue(reconciled, name)?.baseline ?? {};
    return { name, backends: backends.map(({ backend }) => desiredOf(backend, ownValue(baseline, backend) ?? [])) };
  });
  const weights = desiredEntries(route, splits).flatMap(weightOperation);
  return {
    kind: "patch",
    patch: [guard(route), ...weights, { op: "remove", path: STATE_PATH }],
    desired: { splits, memory: { splits: {}, backends: {} } },
  };
}

/** A rule that was never readable was never moved, so it does not matter. */
function losesSplits({ splits, memory }: Route): boolean {
  if (splits.length === 0) return true;
  return Object.keys(memory?.splits ?? {}).some((name) => !splits.some((split) => split.name === name));
}

function desiredOf(backend: string, spellings: DesiredSplit["backends"][number]["spellings"]) {
  return { backend, weight: weightOfAll(spellings), spellings };
}
