import { isFrozen } from "../../routes/isFrozen.ts";
import type { Problem, Route } from "../../routes/route.ts";
import { NO_REAPPLIES } from "./reapply.ts";
import { RESTLESS, UNTIL_CHANGED } from "./rest.ts";
import type { RouteState, RouteTrace } from "./state.ts";
import { survey } from "./survey.ts";

/** The state of a route that is reported but not changed: no rule applies to it, or there is nothing to shift. */
export function leaveAlone(
  previous: RouteState | undefined,
  route: Route,
  problem: Problem | null,
  { nowMs, wallMs }: { readonly nowMs: number; readonly wallMs: number },
): RouteState {
  const memory = route.memory ?? previous?.trace.memory ?? null;
  const weights = (split: Route["splits"][number]) => Object.fromEntries(split.backends.map((b) => [b.backend, b.weight]));
  // A route that was shifted before stays shifted, and the page must show that.
  const remembered = survey(null, route, memory).splits;
  const splits = route.splits.map((split, i) => {
    const live = weights(split);
    return { name: split.name, live, baseline: memory === null ? live : (remembered[i]?.baseline ?? live), desired: live };
  });
  const problems = problem === null ? route.problems : [...route.problems, problem];
  const frozen = isFrozen(route, wallMs);
  const trace: RouteTrace = {
    memory,
    seenText: null,
    source: "live",
    history: [],
    route,
    countedMs: null,
    // Only another object or other rules change this, and the end of a freeze.
    restsUntilMs: frozen ? RESTLESS : UNTIL_CHANGED,
    reapplies: NO_REAPPLIES,
    survey: null,
    measured: false,
    judgedBy: null,
  };
  return {
    ref: { kind: route.kind, namespace: route.namespace, name: route.name },
    rule: null,
    primary: route.primary,
    firstSeenMs: previous?.firstSeenMs ?? nowMs,
    frozen,
    ...(frozen && route.frozenUntilMs !== undefined && { frozenUntilMs: route.frozenUntilMs }),
    pinned: null,
    shifted: memory !== null && remembered.some(({ atRest }) => atRest.isShifted),
    problems,
    splits,
    backends: new Map(),
    reasons: [],
    brakes: [],
    reappliedBy: null,
    trace,
  };
}
