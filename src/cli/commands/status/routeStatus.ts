import { type Survey, survey } from "../../../evaluator/model/survey.ts";
import { isFrozen } from "../../../routes/isFrozen.ts";
import { memoryAtStart } from "../../../routes/leftFailedOver.ts";
import { ownValue, recordOf } from "../../../routes/record.ts";
import { writeTime } from "../../../routes/rfc3339.ts";
import type { BackendMemory, Cause, Phase, Problem, Route } from "../../../routes/route.ts";
import type { LiveBackend, LiveRoute } from "./liveRoute.ts";
import { type Severity, severityOf } from "./severity.ts";

/** The status of a route. The first four keys are those of the Linkerd extension's `status`. */
export interface RouteStatus {
  readonly namespace: string;
  readonly name: string;
  /** `fallback`: the route is shifted, and its primary has less than the baseline gives it. */
  readonly status: "primary" | "fallback";
  /** The backends that have weight. */
  readonly services: readonly string[];
  readonly kind: string;
  readonly severity: Severity;
  /** Users are failing: a backend that carries load is unfit. Null: only the controller knows, and it did not tell. */
  readonly degraded: boolean | null;
  readonly primary: string;
  /** The weights differ from the baseline. */
  readonly shifted: boolean;
  readonly frozen: boolean;
  readonly frozenUntil: string | null;
  readonly pinned: { readonly backend: string; readonly until: string | null } | null;
  /** The rule that judges it, as the controller says. */
  readonly rule: string | null;
  /** Of the backends that carry load, as the controller says. */
  readonly successRate: LiveRoute["successRate"];
  /** What holds a change, as the controller says. */
  readonly brakes: readonly string[];
  readonly problems: readonly Problem[];
  readonly splits: readonly SplitStatus[];
  readonly backends: readonly BackendStatus[];
}

interface SplitStatus {
  readonly name: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
}

/** The phase of a backend: as the controller says, else when weights were last written. */
interface BackendStatus {
  readonly backend: string;
  readonly phase: Phase;
  /** Null: neither the controller nor our annotation has it. */
  readonly since: string | null;
  /** Why it was last removed. */
  readonly cause: Cause | null;
  readonly relapses: number;
  /** The signals that are unfit, as the controller says. */
  readonly unfitBy: readonly string[];
}

/** Reads the status of a route from its weights and our annotation, and from what the controller knows; null: it did not tell. */
export function routeStatus(route: Route, nowMs: number, live: LiveRoute | null): RouteStatus {
  const surveyed = survey(null, route, memoryAtStart(route, nowMs));
  const { namespace, name, kind, primary, pin } = route;
  const frozen = isFrozen(route, nowMs);
  const pinned = pin !== null && (pin.untilMs === null || nowMs < pin.untilMs) ? pin : null;
  // The weights in the object. If all are zero, the evaluator uses the baseline instead.
  const splits = surveyed.splits.map(({ split, baseline }) => {
    const weights = recordOf(split.backends.map((own) => [own.backend, own.weight] as const));
    return { name: split.name, weights, baseline };
  });
  const all = [...surveyed.services.keys()];
  const services = all.filter((backend) => splits.some(({ weights }) => (weights[backend] ?? 0) > 0));
  const shifted = surveyed.splits.some(({ atRest }) => atRest.isShifted) && live?.shifted !== false;
  const backends = all.map((backend) => backendStatus(backend, surveyed, live?.backends.get(backend)));
  const problems = [...route.problems, ...problemsOnlyIn(live, route.problems)];
  const degraded = live?.degraded ?? null;
  return {
    ...{ namespace, name, status: shifted && splits.some((split) => hasLess(split, primary)) ? "fallback" : "primary", services, kind },
    severity: severityOf({ degraded, shifted, problems, backends, needsAttention: live?.needsAttention ?? false }),
    ...{ degraded, primary, shifted, frozen },
    frozenUntil: frozen && route.frozenUntilMs !== undefined ? writeTime(route.frozenUntilMs) : null,
    pinned: pinned === null ? null : { backend: pinned.backend, until: pinned.untilMs === null ? null : writeTime(pinned.untilMs) },
    ...{ rule: live?.rule ?? null, successRate: live?.successRate ?? null, brakes: live?.brakes ?? [] },
    ...{ problems, splits, backends },
  };
}

/** Whether the primary of a split has a smaller share than in the baseline. Where the split lacks the primary, its first backend is. */
function hasLess({ weights, baseline }: SplitStatus, primary: string): boolean {
  const own = Object.hasOwn(weights, primary) ? primary : (Object.keys(weights)[0] ?? "");
  return shareOf(weights, own) < shareOf(baseline, own);
}

function shareOf(weights: Readonly<Record<string, number>>, backend: string): number {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return sum === 0 ? 0 : (weights[backend] ?? 0) / sum;
}

/** Problems such as `no-rule` that only the controller can see. */
function problemsOnlyIn(live: LiveRoute | null, known: readonly Problem[]): readonly Problem[] {
  return (live?.problems ?? []).filter(({ problem }) => known.every((own) => own.problem !== problem)) as readonly Problem[];
}

function backendStatus(backend: string, { memory, route }: Survey, live: LiveBackend | undefined): BackendStatus {
  const known: BackendMemory | undefined = memory === null ? undefined : ownValue(memory.backends, backend);
  const unfitBy = live?.unfitBy ?? [];
  const seen = live?.phase ?? null;
  // Of a route that was left failed over, nothing but the phase is known.
  const remembered =
    known === undefined || route.memory === null
      ? { phase: known?.phase ?? "serving", since: null, cause: null, relapses: 0 }
      : { phase: known.phase, since: writeTime(known.sinceMs), cause: known.cause ?? null, relapses: known.relapses ?? 0 };
  if (seen === null) return { backend, ...remembered, unfitBy };
  return { backend, ...remembered, phase: seen as Phase, since: live?.since ?? null, unfitBy };
}
