import type { Overview, OverviewRoute } from "../admin/overview.ts";

/** Between two polls. */
const POLL_MS = 2_000;
/** Between two polls while the controller does not answer. */
const RETRY_MS = 5_000;
const ANSWER_TIME_LIMIT_MS = 10_000;
/** As many success rates per backend as the controller keeps. */
const MAX_RATES = 60;

/** A decision from the API. */
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

/** A route from the API, as its own page shows it. */
export interface RouteDetail {
  readonly rule: string | null;
  readonly primary: string;
  readonly splits: readonly {
    readonly name: string;
    readonly backends: readonly {
      readonly backend: string;
      readonly weight: number;
      readonly baseline: number;
      readonly phase: string | null;
      readonly since: string | null;
      readonly verdict: string;
      readonly reasons: readonly { readonly kind: string; readonly text: string }[];
    }[];
  }[];
  readonly decisions: readonly TimelineEntry[];
}

/** What the last poll read. */
export interface Snapshot {
  readonly overview: Overview | null;
  readonly decisions: readonly TimelineEntry[];
  /** The route of this page; null on the page of all routes, or if the route no longer exists. */
  readonly detail: RouteDetail | null;
  /** Why the last poll failed; null: it did not. */
  readonly error: string | null;
}

/** The key of the route that the page shows; null: it shows all routes. */
export type ShownRoute = () => string | null;

/** Polls the controller while the page is visible, and passes on each snapshot. Returns a function that polls at once. */
export function watch(shownRoute: ShownRoute, onSnapshot: (snapshot: Snapshot) => void): () => void {
  let snapshot: Snapshot = { overview: null, decisions: [], detail: null, error: null };
  let timer: number | undefined;
  let polling = false;
  const poll = async (): Promise<void> => {
    window.clearTimeout(timer);
    if (polling) return;
    polling = true;
    const key = shownRoute();
    try {
      const now = await get<Overview>(snapshot.overview === null ? "api/overview?rates=all" : "api/overview");
      const decisions = await get<readonly TimelineEntry[]>("api/decisions?limit=50");
      const detail = key === null || !now.routes.some((route) => route.key === key) ? null : await get<RouteDetail>(pathOf(key));
      if (shownRoute() === key) snapshot = { overview: withRates(snapshot.overview, now), decisions, detail, error: null };
    } catch (error) {
      snapshot = { ...snapshot, error: error instanceof Error ? error.message : String(error) };
    }
    polling = false;
    onSnapshot(snapshot);
    if (!document.hidden)
      timer = window.setTimeout(() => void poll(), shownRoute() === key ? (snapshot.error === null ? POLL_MS : RETRY_MS) : 0);
  };
  document.addEventListener("visibilitychange", () => void (document.hidden ? window.clearTimeout(timer) : poll()));
  void poll();
  return () => void poll();
}

function pathOf(key: string): string {
  return `api/routes/${key.split("/").map(encodeURIComponent).join("/")}`;
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_TIME_LIMIT_MS), headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as T;
}

/** The first answer brings the past rates; each later answer adds one rate per backend. */
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
          return { ...b, rates: isNew ? [...past, b.successRate].slice(-MAX_RATES) : past };
        }),
      })),
    })),
  };
}

function ratesOf({ splits }: OverviewRoute): ReadonlyMap<string, readonly (number | null)[]> {
  return new Map(splits.flatMap(({ backends }) => backends.map((b) => [b.backend, b.rates] as const)));
}
