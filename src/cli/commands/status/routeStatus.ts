import { type Survey, survey } from "../../../evaluator/model/survey.ts";
import { ownValue, recordOf } from "../../../routes/record.ts";
import { writeTime } from "../../../routes/rfc3339.ts";
import type { BackendMemory, Cause, Phase, Problem, Route } from "../../../routes/route.ts";

/** What the object itself tells of a route. The first four keys are those of the Linkerd extension's `status`. */
export interface RouteStatus {
  readonly namespace: string;
  readonly name: string;
  /** Whether its primary gets any traffic. */
  readonly status: "primary" | "fallback";
  /** The backends that get any. */
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

/** Where a backend stood when weights were last written. */
interface BackendStatus {
  readonly backend: string;
  readonly phase: Phase;
  /** Null where nothing is remembered of it. */
  readonly since: string | null;
  /** Why it left last. */
  readonly cause: Cause | null;
  readonly relapses: number;
}

/** Reads the status of a route from its weights and our annotation. */
export function routeStatus(route: Route, nowMs: number): RouteStatus {
  const surveyed = survey(null, route, route.memory);
  const { namespace, name, kind, primary, frozen, problems, pin } = route;
  const pinned = pin !== null && (pin.untilMs === null || nowMs < pin.untilMs) ? pin : null;
  // As they stand in the object: where all are zero, the evaluator judges by the baseline instead.
  const splits = surveyed.splits.map(({ split, baseline }) => {
    const weights = recordOf(split.backends.map((own) => [own.backend, own.weight] as const));
    return { name: split.name, weights, baseline };
  });
  const services = [...surveyed.services.keys()].filter((backend) => splits.some(({ weights }) => (weights[backend] ?? 0) > 0));
  return {
    ...{ namespace, name, status: services.includes(primary) ? "primary" : "fallback", services, kind, primary },
    shifted: surveyed.splits.some(({ atRest }) => atRest.isShifted),
    frozen,
    pinned: pinned === null ? null : { backend: pinned.backend, until: pinned.untilMs === null ? null : writeTime(pinned.untilMs) },
    problems,
    splits,
    backends: [...surveyed.services.keys()].map((backend) => backendStatus(backend, surveyed)),
  };
}

function backendStatus(backend: string, { memory, reconciled }: Survey): BackendStatus {
  const known: BackendMemory | undefined = memory === null ? undefined : ownValue(memory.backends, backend);
  if (known === undefined) {
    // Without our annotation, a primary without weight was left so by a failover: it will return by steps.
    const phase = reconciled.failedOver.includes(backend) ? "out" : "serving";
    return { backend, phase, since: null, cause: null, relapses: 0 };
  }
  const { phase, sinceMs, cause, relapses } = known;
  return { backend, phase, since: writeTime(sinceMs), cause: cause ?? null, relapses: relapses ?? 0 };
}
