import { MANAGED, NAMESPACE } from "./plan.ts";

/** The parts of the controller's API about the managed route that the screen shows. */
export interface ControllerView {
  readonly backends: readonly BackendView[];
  /** The newest decision; null before the first. */
  readonly decision: DecisionView | null;
}

export interface BackendView {
  readonly backend: string;
  readonly phase: string;
  readonly verdict: string;
  readonly successRate: ReadingView | null;
  readonly reasons: readonly ReasonView[];
}

export interface ReadingView {
  readonly state: string;
  readonly good?: number;
  readonly total?: number;
}

export interface ReasonView {
  readonly kind: string;
  readonly text: string;
}

export interface DecisionView {
  readonly at: string;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly direction: string;
  readonly cause: string;
  readonly outcome: string;
}

interface RouteAnswer {
  readonly splits: readonly {
    readonly backends: readonly {
      readonly backend: string;
      readonly phase: string;
      readonly verdict: string;
      readonly readings?: Readonly<Record<string, ReadingView>>;
      readonly reasons: readonly ReasonView[];
    }[];
  }[];
}

const ANSWER_LIMIT_MS = 2_000;

/** Reads the controller's admin API; null if it does not answer. */
export async function readController(adminUrl: string, kind: string): Promise<ControllerView | null> {
  const route = await ask<RouteAnswer>(`${adminUrl}/api/routes/${kind}/${NAMESPACE}/${MANAGED.route}`);
  const decisions = await ask<readonly DecisionView[]>(`${adminUrl}/api/decisions?limit=1`);
  if (route === null || decisions === null) return null;
  const backends = (route.splits[0]?.backends ?? []).map(({ backend, phase, verdict, readings, reasons }) => ({
    backend,
    phase,
    verdict,
    successRate: readings?.["successRate"] ?? null,
    reasons,
  }));
  return { backends, decision: decisions[0] ?? null };
}

async function ask<T>(url: string): Promise<T | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}
