import { isDegraded } from "../evaluator/explain/isDegraded.ts";
import { outlookOf } from "../evaluator/explain/outlook.ts";
import { readingsOf } from "../evaluator/model/judgement.ts";
import { type RouteState, reasonsOf } from "../evaluator/model/state.ts";
import type { SplitState } from "../evaluator/model/survey.ts";
import type { DecisionJson } from "./decisionJson.ts";
import { reasonJson } from "./reasonJson.ts";
import { rfc3339 } from "./rfc3339.ts";
import { severityOf } from "./severity.ts";

/**
 * A route in the format of the API. Reasons that concern the whole route are repeated for each backend. `aheadMs` as in `State`.
 */
export function routeJson(route: RouteState, aheadMs = 0): Record<string, unknown> {
  const { kind, namespace, name } = route.ref;
  const { rule, primary, shifted, frozen, pinned, problems } = route;
  const splits = route.splits.map((split) => ({
    name: split.name,
    backends: Object.keys(split.live).map((backend) => backendJson(route, split, { backend, aheadMs })),
  }));
  const degraded = isDegraded(route);
  return { kind, namespace, name, severity: severityOf(route), rule, primary, shifted, degraded, frozen, pinned, problems, splits };
}

/** One route with its last decisions, and with what would change each backend's weight. */
export function wholeRouteJson(route: RouteState, decisions: readonly DecisionJson[], aheadMs = 0): Record<string, unknown> {
  const backends = new Set(route.splits.flatMap(({ live }) => Object.keys(live)));
  const outlook = Object.fromEntries([...backends].map((backend) => [backend, outlookOf(route, backend)]));
  return { ...routeJson(route, aheadMs), outlook, thresholds: route.trace.judgedBy?.signals.successRate ?? null, decisions };
}

/** A backend in the format of the API. If its route has no rule, it is not judged and has only weights. */
function backendJson(
  route: RouteState,
  split: SplitState,
  { backend, aheadMs }: { readonly backend: string; readonly aheadMs: number },
): Record<string, unknown> {
  const report = route.backends.get(backend);
  return {
    backend,
    weight: split.live[backend],
    baseline: split.baseline[backend],
    phase: report?.state.phase ?? null,
    since: report === undefined ? null : rfc3339(report.state.sinceMs + aheadMs),
    verdict: report?.judgement.verdict ?? "unknown",
    readings: report === undefined ? {} : readingsOf(report.judgement),
    reasons: reasonsOf(route)
      .filter((own) => own.backend === null || own.backend === backend)
      .map(({ reason }) => reasonJson(reason)),
  };
}
