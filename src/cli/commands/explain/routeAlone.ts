import type { Route } from "../../../routes/route.ts";
import { routeStatus } from "../status/routeStatus.ts";
import type { RouteView } from "./routeView.ts";

/** What a route's object says of itself: weights, baseline, and the phases of the last write. */
export function routeAlone(route: Route, nowMs: number): RouteView {
  const { kind, namespace, name, primary, shifted, frozen, pinned, problems, splits, backends } = routeStatus(route, nowMs, null);
  return {
    ...{ kind, namespace, name, rule: "unknown", primary, shifted, frozen, pinned: pinned?.backend ?? null },
    problems: problems.map(({ problem, text }) => `${problem}: ${text}`),
    backends: backends.map(({ backend, phase, since, cause }) => ({
      ...{ backend, phase, since, verdict: "unknown", outlook: [] },
      weights: splits
        .filter(({ weights }) => Object.hasOwn(weights, backend))
        .map((split) => ({ split: split.name, weight: String(split.weights[backend]), baseline: String(split.baseline[backend] ?? 0) })),
      reasons: cause === null ? [] : [{ kind: "removed", text: `${phase === "serving" ? "was " : ""}removed because of ${cause}` }],
    })),
    decisions: [],
  };
}
