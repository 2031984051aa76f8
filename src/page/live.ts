import type { Overview, OverviewRoute } from "../admin/overview.ts";

/** Between two looks at the controller. */
const POLL_MS = 2_000;
/** A controller that does not answer is asked less often. */
const RETRY_MS = 5_000;
const ANSWER_TIME_LIMIT_MS = 10_000;
/** As many as the controller remembers. */
const RATES_KEPT = 60;

/** A decision as the API tells it. */
export interface TimelineEntry {
  readonly at: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly split: string;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly direction: string;
  readonly cause: string;
  readonly reasons: readonly { readonly backend: string | null; readonly text: string }[];
  readonly outcome: string;
  readonly error?: string;
}

/** One backend of one route as its own page shows it. */
export interface RouteDetail {
  readonly rule: string | null;
  readonly primary: string;
  readonly splits: readonly {
    readonly name: string;
    readonly backends: readonly {
      readonly backend: string;
      readonly phase: string | null;
      readonly since: string | null;
      readonly verdict: string;
      readonly reasons: readonly { readonly kind: string; readonly text: string }[];
    }[];
  }[];
  readonly decisions: readonly TimelineEntry[];
}

/** What the page knows at one moment. */
export interface Sight {
  readonly overview: Overview | null;
  readonly decisions: readonly TimelineEntry[];
  /** The route of this page; null on the page of all, or where it is gone. */
  readonly detail: RouteDetail | null;
  /** Why the controller could not be asked the last time; null: it was. */
  readonly lost: string | null;
}

/** What is asked beside the overview; null: nothing, the page shows all routes. */
export type Wanted = () => string | null;

/** Asks the controller again and again while somebody looks, and tells what it says. Returns how to ask at once. */
export function watch(wanted: Wanted, onSight: (sight: Sight) => void): () => void {
  let sight: Sight = { overview: null, decisions: [], detail: null, lost: null };
  let timer: number | undefined;
  let asking = false;
  const look = async (): Promise<void> => {
    window.clearTimeout(timer);
    if (asking) return;
    asking = true;
    const key = wanted();
    try {
      const now = await ask<Overview>(sight.overview === null ? "api/overview?rates=all" : "api/overview");
      const decisions = await ask<readonly TimelineEntry[]>("api/decisions?limit=50");
      const detail = key === null || !now.routes.some((route) => route.key === key) ? null : await ask<RouteDetail>(pathOf(key));
      if (wanted() === key) sight = { overview: withRates(sight.overview, now), decisions, detail, lost: null };
    } catch (error) {
      sight = { ...sight, lost: error instanceof Error ? error.message : String(error) };
    }
    asking = false;
    onSight(sight);
    if (!document.hidden) timer = window.setTimeout(() => void look(), wanted() === key ? (sight.lost === null ? POLL_MS : RETRY_MS) : 0);
  };
  document.addEventListener("visibilitychange", () => void (document.hidden ? window.clearTimeout(timer) : look()));
  void look();
  return () => void look();
}

function pathOf(key: string): string {
  return `api/routes/${key.split("/").map(encodeURIComponent).join("/")}`;
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_TIME_LIMIT_MS), headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as T;
}

/** The past comes with the first answer; from then on each answer adds its own rates. */
function withRates(before: Overview | null, now: Overview): Overview {
  if (before === null) return now;
  const known = new Map(before.routes.map((route) => [route.key, ratesOf(route)]));
  const isNew = before.now !== now.now;
  return {
    ...now,
    routes: now.routes.map((route) => ({
      ...route,
      splits: route.splits.map((split) => ({
        ...split,
        backends: split.backends.map((b) => {
          const past = known.get(route.key)?.get(b.backend) ?? [];
          return { ...b, rates: isNew ? [...past, b.successRate].slice(-RATES_KEPT) : past };
        }),
      })),
    })),
  };
}

function ratesOf({ splits }: OverviewRoute): ReadonlyMap<string, readonly (number | null)[]> {
  return new Map(splits.flatMap(({ backends }) => backends.map((b) => [b.backend, b.rates] as const)));
}
