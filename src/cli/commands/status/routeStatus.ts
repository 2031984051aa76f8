import { type Survey, survey } from "../../../evaluator/model/survey.ts";
import { memoryAtStart } from "../../../routes/leftFailedOver.ts";
import { ownValue, recordOf } from "../../../routes/record.ts";
import { writeTime } from "../../../routes/rfc3339.ts";
import type { BackendMemory, Cause, Phase, Problem, Route } from "../../../routes/route.ts";

/** The status of a route, from the object alone. The first four keys are those of the Linkerd extension's `status`. */
export interface RouteStatus {
  readonly namespace: string;
  readonly name: string;
  /** `fallback`: the weights differ from the baseline, and the primary has none. */
  readonly status: "primary" | "fallback";
  /** The backends that have weight. */
  readonly services: readonly string[];
  readonly kind: string;
  readonly primary: string;
  /** The weights differ from the baseline. */
  readonly shifted: boolean;
  readonly frozen: boolean;
  readonly pinned: { readonly backend: string; readonly until: string | null } | null;
  readonly problems: readonly Problem[];
  readonly splits: readonly SplitStatus[];
  readonly backends: readonly BackendStatus[];
}

interface SplitStatus {
  readonly name: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
}

/** The phase of a backend when weights were last written. */
interface BackendStatus {
  readonly backend: string;
  readonly phase: Phase;
  /** Null: our annotation does not have it. */
  readonly since: string | null;
  /** Why it was last removed. */
  readonly cause: Cause | null;
  readonly relapses: number;
}

/** Reads the status of a route from its weights and our annotation. */
export function routeStatus(route: Route, nowMs: number): RouteStatus {
  const surveyed = survey(null, route, memoryAtStart(route, nowMs));
  const { namespace, name, kind, primary, frozen, problems, pin } = route;
  const pinned = pin !== null && (pin.untilMs === null || nowMs < pin.untilMs) ? pin : null;
  // The weights in the object. If all are zero, the evaluator uses the baseline instead.
  const splits = surveyed.splits.map(({ split, baseline }) => {
    const weights = recordOf(split.backends.map((own) => [own.backend, own.weight] as const));
    return { name: split.name, weights, baseline };
  });
  const services = [...surveyed.services.keys()].filter((backend) => splits.some(({ weights }) => (weights[backend] ?? 0) > 0));
  const shifted = surveyed.splits.some(({ atRest }) => atRest.isShifted);
  return {
    ...{ namespace, name, status: shifted && !services.includes(primary) ? "fallback" : "primary", services, kind, primary },
    shifted,
    frozen,
    pinned: pinned === null ? null : { backend: pinned.backend, until: pinned.untilMs === null ? null : writeTime(pinned.untilMs) },
    problems,
    splits,
    backends: [...surveyed.services.keys()].map((backend) => backendStatus(backend, surveyed)),
  };
}

function backendStatus(backend: string, { memory, route }: Survey): BackendStatus {
  const known: BackendMemory | undefined = memory === null ? undefined : ownValue(memory.backends, backend);
  // Of a route that was left failed over, nothing but the phase is known.
  if (known === undefined || route.memory === null)
    return { backend, phase: known?.phase ?? "serving", since: null, cause: null, relapses: 0 };
  const { phase, sinceMs, cause, relapses } = known;
  return { backend, phase, since: writeTime(sinceMs), cause: cause ?? null, relapses: relapses ?? 0 };
}
