import { reconcileBaseline } from "./baseline.ts";
import { guard, STATE_PATH } from "./guardedPatch.ts";
import { ownValue } from "./record.ts";
import type { DesiredRoute, DesiredSplit, JsonPatch, Route } from "./route.ts";
import { splitMemories } from "./splitMemories.ts";
import { weightOfAll } from "./weight.ts";
import { desiredEntries, weightOperation } from "./weightOperations.ts";

/** How to restore a route to its baseline. */
export type Restoring =
  /** The route has no state annotation, so its weights are the owner's. */
  | { readonly kind: "nothing" }
  /** A split that was shifted is no longer readable. The annotation stays, because only it has the baseline. */
  | { readonly kind: "impossible"; readonly why: string }
  | { readonly kind: "patch"; readonly patch: JsonPatch; readonly desired: DesiredRoute };

/** Restores the baseline in the owner's notation and removes the state annotation, in one guarded patch. */
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

/** Whether a split in the memory is no longer readable. A rule that was never readable was never shifted. */
function losesSplits({ splits, memory }: Route): boolean {
  return splits.length === 0 || splitMemories(splits, memory).size < Object.keys(memory?.splits ?? {}).length;
}

function desiredOf(backend: string, spellings: DesiredSplit["backends"][number]["spellings"]) {
  return { backend, weight: weightOfAll(spellings), spellings };
}
